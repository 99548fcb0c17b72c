using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Init;

/// <summary>Finds the medium with the root image among the devices that appear, and mounts it read-only.</summary>
/// <param name="refused">Takes the reason for every device that is not the medium.</param>
internal sealed class MediumSearch(DeviceWatcher watcher, ModuleLoader modules, BootOptions options, BootLog log, IDictionary<string, string> refused)
{
    private static readonly string[] Mountable = ["iso9660", "vfat", "exfat", "ext4", "ext3", "ext2", "xfs", "btrfs", "ntfs"];
    /// <summary>Waits for the medium, at most <see cref="BootOptions.Timeout"/>.</summary>
    /// <exception cref="BootException">It did not come.</exception>
    public BlockDevice Find(string mountPoint)
    {
        var deadline = Machine.MicrosecondsSinceBoot() + (long)options.Timeout.TotalMicroseconds;
        do
        {
            var left = Math.Max(0, deadline - Machine.MicrosecondsSinceBoot());
            if (watcher.Next(TimeSpan.FromMicroseconds(left)) is not { } device)
                continue;
            var reason = options.Medium?.Refuses(device) is { } other ? device.Trouble ?? other : TryMount(device, mountPoint);
            if (reason is null)
                return device;
            log.Debug($"{device.Name} is not the medium: {reason}");
            refused[device.Name] = reason;
        }
        while (Machine.MicrosecondsSinceBoot() < deadline);
        throw MediumReport.NotFound(options, watcher.Devices.ToList(), refused);
    }

    private string? TryMount(BlockDevice device, string mountPoint)
    {
        if (device.Trouble is not null)
            return device.Trouble;
        if (device.FileSystem is not { } fileSystem)
            return "there is no file system on it that is known here";
        if (!Mountable.Contains(fileSystem.Type))
            return $"{fileSystem.Type} is not a file system to start from";
        LoadFileSystem(fileSystem.Type);
        try
        {
            Mount.Attach(device.Path, mountPoint, fileSystem.Type, MountFlags.ReadOnly | MountFlags.NoSuid | MountFlags.NoDev);
        }
        catch (LinuxException error)
        {
            return error.Number == Errno.ENODEV ? $"this initramfs has no module for {fileSystem.Type}" : $"it does not mount: {error.Message}";
        }
        if (File.Exists(mountPoint + options.Image))
            return null;
        Mount.Detach(mountPoint);
        return $"there is no {options.Image} on it";
    }

    private void LoadFileSystem(string type)
    {
        // FAT asks for its character sets by a helper program that is not here: load what kernels are configured for.
        string[] helpers = type is "vfat" or "exfat" ? ["nls_cp437", "nls_ascii", "nls_utf8", "nls_iso8859_1"] : [];
        Task.WhenAll([.. helpers.Select(modules.LoadAsync), modules.LoadAsync($"fs-{type}")]).Wait(options.Timeout);
    }
}
