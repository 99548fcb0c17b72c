using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Init;

/// <summary>
/// Finds the medium with the root image among the devices that appear, and mounts it read-only: a disc or partition, or an ISO file on
/// one. With an id it is the medium that carries it as a file, on whatever file system: a label proves nothing.
/// </summary>
/// <param name="refused">Takes the reason for every device that is not the medium.</param>
internal sealed class MediumSearch(DeviceWatcher watcher, ModuleLoader modules, BootOptions options, BootLog log, IDictionary<string, string> refused)
{
    private const MountFlags Flags = MountFlags.ReadOnly | MountFlags.NoSuid | MountFlags.NoDev;

    // The type that blkid(8) names, and what the kernel's driver takes. Other people's disks are looked at, too: no journal is replayed.
    private static readonly Dictionary<string, (string Driver, string? Options)> Mountable = new(StringComparer.Ordinal)
    {
        ["iso9660"] = ("iso9660", null),
        ["vfat"] = ("vfat", null),
        ["exfat"] = ("exfat", null),
        ["ntfs"] = ("ntfs3", null),
        ["ext4"] = ("ext4", "noload"),
        ["ext3"] = ("ext3", "noload"),
        ["ext2"] = ("ext2", null),
        ["xfs"] = ("xfs", "norecovery"),
        ["btrfs"] = ("btrfs", "rescue=nologreplay"),
    };

    /// <summary>Waits for the medium, at most <see cref="BootOptions.Timeout"/>.</summary>
    /// <exception cref="BootException">It did not come.</exception>
    public BlockDevice Find()
    {
        var deadline = Machine.MicrosecondsSinceBoot() + (long)options.Timeout.TotalMicroseconds;
        do
        {
            var left = Math.Max(0, deadline - Machine.MicrosecondsSinceBoot());
            if (watcher.Next(TimeSpan.FromMicroseconds(left)) is not { } device)
                continue;
            var reason = options.Medium?.Refuses(device) is { } other ? device.Trouble ?? other : TryUse(device);
            if (reason is null)
                return OnPartition(device) ?? device;
            log.Debug($"{device.Name} is not the medium: {reason}");
            refused[device.Name] = reason;
        }
        while (Machine.MicrosecondsSinceBoot() < deadline);
        throw MediumReport.NotFound(options, watcher.Devices.ToList(), refused);
    }

    /// <summary>Devices that look exactly like the medium and are not on the same disk.</summary>
    public static IReadOnlyList<BlockDevice> Twins(BlockDevice medium, IEnumerable<BlockDevice> devices) =>
        [.. devices.Where(device => medium.FileSystem?.Uuid is not null && device.FileSystem == medium.FileSystem && device.Disk != medium.Disk)];

    /// <summary>
    /// A disk that is mounted as a whole lets none of its partitions be mounted (bd_may_claim() of the kernel, block/bdev.c). The partition of a hybrid ISO
    /// shows the same files: it is taken instead. Null when there is none, and the disk stays.
    /// </summary>
    private BlockDevice? OnPartition(BlockDevice disk)
    {
        var partition = BlockDevice.Partitions(disk.Name).Select(name => BlockDevice.Probe(name)).FirstOrDefault(partition => partition.FileSystem == disk.FileSystem);
        if (options.IsoFile is not null || partition is null)
            return null;
        Mount.Detach(Paths.Medium);
        if (TryUse(partition) is not { } reason)
            return partition;
        log.Warning($"{partition.Name} does not show what {disk.Name} does: {reason}");
        return TryUse(disk) is { } trouble ? throw new BootException($"the medium {disk.Path} was found, and cannot be mounted again: {trouble}") : null;
    }

    private string? TryUse(BlockDevice device)
    {
        var place = options.IsoFile is null ? Paths.Medium : Paths.Disk;
        if (TryMount(device, place) is { } reason)
            return reason;
        var lacks = options.IsoFile is { } iso ? TryMountIso(iso) : Lacks();
        if (lacks is not null)
            Mount.Detach(place);
        return lacks;
    }

    private string? TryMount(BlockDevice device, string place)
    {
        if (device.Trouble is not null)
            return device.Trouble;
        if (device.FileSystem is not { } fileSystem)
            return "there is no file system on it that is known here";
        if (!Mountable.TryGetValue(fileSystem.Type, out var how))
            return $"{fileSystem.Type} is not a file system to start from";
        LoadFileSystem(how.Driver);
        try
        {
            Mount.Attach(device.Path, place, how.Driver, Flags, how.Options);
            return null;
        }
        catch (LinuxException error)
        {
            return error.Number == Errno.ENODEV ? $"this initramfs has no module for {fileSystem.Type}" : $"it does not mount: {error.Message}";
        }
    }

    private string? TryMountIso(string iso)
    {
        var file = Paths.Disk + iso;
        if (!File.Exists(file))
            return $"there is no {iso} on it";
        LoadFileSystem("iso9660");
        modules.LoadAsync("loop").Wait(options.Timeout);
        try
        {
            using var loop = LoopDevice.Attach(file);
            Mount.Attach(loop.Path, Paths.Medium, "iso9660", Flags);
        }
        catch (LinuxException error)
        {
            return $"its {iso} does not mount: {error.Message}";
        }
        if (Lacks() is not { } reason)
            return null;
        Mount.Detach(Paths.Medium);
        return $"its {iso} is there, but {reason}";
    }

    private string? Lacks()
    {
        if (options.Id is { } id && !File.Exists($"{Paths.Medium}/.disk/{id}"))
            return "it is another medium: it has no .disk/" + id;
        return File.Exists(Paths.Medium + options.Image) ? null : $"there is no {options.Image} on it";
    }

    private void LoadFileSystem(string driver)
    {
        // FAT asks for its character sets by a helper program that is not here: load what kernels are configured for.
        string[] helpers = driver is "vfat" or "exfat" ? ["nls_cp437", "nls_ascii", "nls_utf8", "nls_iso8859_1"] : [];
        Task.WhenAll([.. helpers.Select(modules.LoadAsync), modules.LoadAsync($"fs-{driver}")]).Wait(options.Timeout);
    }
}
