using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Init;

/// <summary>
/// The data partition, mounted at <see cref="Paths.Data"/>. When it cannot be mounted the boot goes on as far as it goes without: what depends on it
/// decides, by the image's policy.
/// </summary>
internal static class DataPartition
{
    public static void Run(Boot boot)
    {
        boot.DataFault = null;
        if (MountInfo.Read().Any(mount => mount.Target == Paths.Data))
            return; // an attempt that failed later has mounted it
        if (boot.DataDevice is not { } device)
        {
            boot.DataFault = boot.Disk is { } disk ? $"there is no partition {Update.Data.DataLayout.Label} on {disk.Path}" : "there is no data partition";
            return;
        }
        LoadModules(boot);
        DiskSearch.RefuseTwins(boot); // most devices have answered by now, and nothing is written to any before this
        try
        {
            var checkedAlready = Ext4State.Read(device) is { HasErrors: true } && FileSystemCheck.TryMend(boot, device, "errors were noticed in it");
            if (TryMount(boot, device) is { } reason && (checkedAlready || !FileSystemCheck.TryMend(boot, device, reason) || TryMount(boot, device) is not null))
            {
                boot.DataFault = $"the data partition {device} cannot be mounted: {reason}";
                return;
            }
        }
        catch (IOException error)
        {
            boot.DataFault = $"the data partition {device} cannot be read: {error.Message}";
            return;
        }
        boot.Timeline.Set("data", device);
        Grow(boot);
    }

    // Every time: a cut may have come between the partition's growth and this, or into it. The kernel does nothing where nothing is to be done.
    private static void Grow(Boot boot)
    {
        if (boot.DataLength is not { } length)
            return;
        try
        {
            var before = new DriveInfo(Paths.Data).TotalSize;
            Ext4.Grow(Paths.Data, length);
            if (new DriveInfo(Paths.Data).TotalSize is var after && after != before)
                boot.Decide("data", $"grown from {before >> 20} to {after >> 20} MiB", "the partition is larger than the file system was");
        }
        catch (LinuxException error)
        {
            boot.Fail($"the data partition does not grow: {error.Message}");
        }
    }

    private static void LoadModules(Boot boot)
    {
        // The kernel asks a helper program for what a mount needs besides, and that is not here.
        var loaded = Task.WhenAll(((string[])["fs-ext4", "quota_v2", "crc32c"]).Select(boot.Modules!.LoadAsync)).Result;
        if (!loaded[1])
            boot.Log.Debug("module quota_v2 is not in the initramfs; the kernel may have it built in");
    }

    /// <summary>Null when it is mounted; else the kernel's reason.</summary>
    private static string? TryMount(Boot boot, string device)
    {
        try
        {
            var options = Ext4State.Read(device) is { HasProjectQuota: true } ? "prjquota" : null;
            Mount.Attach(device, Paths.Data, "ext4", boot.Options.PersistentReadOnly ? MountFlags.ReadOnly : MountFlags.None, options);
            return null;
        }
        catch (LinuxException error)
        {
            var said = KernelSaid(device);
            return said is null ? error.Message : $"{error.Message} ({said})";
        }
    }

    /// <summary>mount(2) gives a number; what ext4 did not like is in the kernel's log.</summary>
    private static string? KernelSaid(string device)
    {
        var mark = $"EXT4-fs ({Path.GetFileName(device)}): ";
        return KernelLog.ReadAll().Split('\n').LastOrDefault(line => line.Contains(mark, StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(mark, StringComparison.Ordinal) + mark.Length)..] : null;
    }
}
