namespace ImageBuilder.Pipeline.Plan;

/// <summary>
/// A whole build, resolved: every default filled in, every variable replaced, every choice made. Plain immutable data; making one
/// does no I/O beyond reading the spec and asking whether the files it names exist. Two equal plans give the same bytes.
/// </summary>
public sealed record BuildPlan
{
    /// <summary>The image's name: lower-case letters, digits, '.', '+', '-'.</summary>
    public required string Name { get; init; }

    /// <summary>The image's version, as in file names.</summary>
    public required string Version { get; init; }

    /// <summary>Debian architecture name; "amd64" today.</summary>
    public required string Architecture { get; init; }

    /// <summary>Where the root file system comes from.</summary>
    public required BasePlan Base { get; init; }

    /// <summary>Layers over the base and below the spec's own, bottom to top.</summary>
    public IReadOnlyList<LayerPlan> Layers { get; init; } = [];

    /// <summary>Package names to install, in the spec's order, with those that other keys imply (kernel, locales, …) appended.</summary>
    public required IReadOnlyList<string> Packages { get; init; }

    /// <summary>Those of <see cref="Packages"/> that the spec does not name itself, with the reason; informational.</summary>
    public required IReadOnlyList<ImpliedPackage> ImpliedPackages { get; init; }

    /// <summary>Local .deb files to install, absolute paths.</summary>
    public required IReadOnlyList<string> LocalPackages { get; init; }

    /// <summary>Kernel package and kernel command line.</summary>
    public required KernelPlan Kernel { get; init; }

    /// <summary>The host name; the image's name when the spec gives none.</summary>
    public required string Hostname { get; init; }

    /// <summary>POSIX locale such as "de_DE.UTF-8"; "C.UTF-8" when the spec gives none.</summary>
    public required string Locale { get; init; }

    /// <summary>Time zone such as "Europe/Berlin"; "UTC" when the spec gives none (Etc/UTC, no tzdata needed).</summary>
    public required string Timezone { get; init; }

    /// <summary>Console keymap (XKB layout, optionally "layout:variant") or null for the kernel's own US map.</summary>
    public string? Keymap { get; init; }

    /// <summary>Accounts to add or change, in the spec's order.</summary>
    public required IReadOnlyList<UserPlan> Users { get; init; }

    /// <summary>systemd units to enable and to disable.</summary>
    public required ServicesPlan Services { get; init; }

    /// <summary>Files to put into the tree, in the spec's order; templates are expanded already.</summary>
    public required IReadOnlyList<FilePlan> Files { get; init; }

    /// <summary>Scripts to run inside the tree, in the spec's order.</summary>
    public required IReadOnlyList<ScriptPlan> Scripts { get; init; }

    /// <summary>How layers are compressed.</summary>
    public required CompressionPlan Compression { get; init; }

    /// <summary>A file of PATH [PRIORITY] lines, absolute: what lies first in the layer. Null for the order of names.</summary>
    public string? BootOrder { get; init; }

    /// <summary>The writable layer that the image asks for at boot.</summary>
    public required UpperPlan Upper { get; init; }

    /// <summary>Folders of the data partition that all uppers share, absolute paths.</summary>
    public IReadOnlyList<string> Persist { get; init; } = [];

    /// <summary>Folders that can be written to even where the root cannot.</summary>
    public IReadOnlyList<WritableArea> Writable { get; init; } = [];

    /// <summary>Bytes of the data partition that uppers leave free; null: the size of the layers on a disk, else nothing.</summary>
    public long? Reserve { get; init; }

    /// <summary>The disk image.</summary>
    public DiskPlan Disk { get; init; } = new(null, 512);

    /// <summary>Whether the agent is in the image.</summary>
    public bool Agent { get; init; }

    /// <summary>Over-the-air updates; null when the image has none.</summary>
    public UpdatePlan? Update { get; init; }

    /// <summary>The boot menu.</summary>
    public BootMenuPlan BootMenu { get; init; } = new(3);

    /// <summary>Whether the boot program may give a prompt.</summary>
    public bool Shell { get; init; } = true;

    /// <summary>Which kernel modules the initramfs carries.</summary>
    public required DriversPlan Drivers { get; init; }

    /// <summary>What is normally left out of the image and is kept at the user's wish.</summary>
    public required KeepPlan Keep { get; init; }

    /// <summary>What to write.</summary>
    public required IReadOnlyList<OutputKind> Outputs { get; init; }

    /// <summary>Budgets that fail the build when passed.</summary>
    public required LimitsPlan Limits { get; init; }

    /// <summary>
    /// The versions to install, from `build --locked`; null for what the archives have. No part of the plan's identity, as the archives' state is
    /// none: the same versions give the same bytes, locked or not.
    /// </summary>
    public PackageLock? Lock { get; init; }

    /// <summary>The folder that relative paths of the spec start from; no part of the plan's identity.</summary>
    public required string SpecFolder { get; init; }

    /// <summary>Whether an output is a disk, with a data partition of its own.</summary>
    public bool HasDisk => Outputs.Any(output => output is OutputKind.Disk or OutputKind.Qcow2);

    /// <summary>Whether the device keeps something: then it checks its data partition, and has an identity that outlives resets.</summary>
    public bool KeepsData => Upper.IsPersistent || Persist.Count > 0 || (HasDisk && Writable.Count > 0);

    /// <summary>The artefact's file name without extension: name-version-architecture.</summary>
    public string ArtefactName => $"{Name}-{Version}-{Architecture}";

    /// <summary>The file name of an output.</summary>
    public string FileName(OutputKind output) => ArtefactName + output switch
    {
        OutputKind.Iso => ".iso",
        OutputKind.Disk => ".img",
        OutputKind.Qcow2 => ".qcow2",
        _ => throw new ArgumentOutOfRangeException(nameof(output), output, "no such output"),
    };
}
