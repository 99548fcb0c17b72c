namespace ImageBuilder.Update;

/// <summary>Where builder, boot program and agent meet in the root file system and in the initramfs. Absolute paths.</summary>
public static class DevicePaths
{
    /// <summary>A folder of the image that the device's machine-id and ssh host keys are mounted at: identity/ of the data partition.</summary>
    public const string Identity = "/var/lib/imagebuilder/identity";

    /// <summary>What people have to know after a boot that did not go as the image asks, as text; it is not there when nothing is to be said.</summary>
    public const string Notice = "/run/imagebuilder/notice";

    /// <summary>An empty file system for a data partition that is yet to be made: a sparse file of an image for sticks.</summary>
    public const string DataTemplate = "/usr/lib/imagebuilder/data.ext4";

    /// <summary>
    /// The program that checks the data partition's file system, statically linked, in the image's top layer. Not in the initramfs, where it would be a
    /// quarter of what every boot loads: the factory stack and a medium can be read without the data partition.
    /// </summary>
    public const string FileSystemCheck = "/usr/lib/imagebuilder/e2fsck";

    /// <summary>A file of the initramfs, empty: the boot program gives no prompt and no shell, whatever the kernel command line says.</summary>
    public const string NoShell = "/no-shell";

    /// <summary>While the slot that runs is on trial: a file with the stack's id. Written by the boot program, removed by who ends the trial.</summary>
    public const string Trial = "/run/imagebuilder/trial";

    /// <summary>Programs that tell whether the system is healthy: those that can be executed, in the order of their names.</summary>
    public const string HealthChecks = "/etc/imagebuilder/health.d";

    /// <summary>Programs that bring persisted data to this version.</summary>
    public const string Migrations = "/usr/lib/imagebuilder/migrate.d";

    /// <summary>What was merged into this upper at the stack's first trial, as JSON; there until the machine is restarted.</summary>
    public const string CarryReport = "/run/imagebuilder/carry.json";

    /// <summary>The agent.</summary>
    public const string Agent = "/usr/bin/imageagent";
}
