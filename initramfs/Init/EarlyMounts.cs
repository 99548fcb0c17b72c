using ImageBuilder.Linux;
using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Init;

/// <summary>The file systems that everything else needs, and somewhere to speak to.</summary>
internal static class EarlyMounts
{
    public static void Run(Boot boot)
    {
        Attach("devtmpfs", "/dev", "devtmpfs", MountFlags.NoSuid, "mode=755");
        Attach("proc", "/proc", "proc", MountFlags.NoSuid | MountFlags.NoDev | MountFlags.NoExec);
        Attach("sysfs", "/sys", "sysfs", MountFlags.NoSuid | MountFlags.NoDev | MountFlags.NoExec);
        Attach("tmpfs", "/run", "tmpfs", MountFlags.NoSuid | MountFlags.NoDev | MountFlags.StrictAccessTime, "mode=755,size=20%");
        foreach (var folder in (string[])[Paths.Medium, Paths.Disk, Paths.Layers, Paths.Ram, Paths.Upper, Paths.Data, Paths.Areas, Paths.BootRecordFolder, Paths.NewRoot])
            Directory.CreateDirectory(folder);
        // Standard input and output are the initramfs' own /dev/console until now, which will be deleted.
        Terminal.TryUseAsStandard("/dev/console");
        boot.Log.Open();
    }

    private static void Attach(string source, string target, string type, MountFlags flags, string? options = null)
    {
        Directory.CreateDirectory(target);
        Mount.Attach(source, target, type, flags, options);
    }
}
