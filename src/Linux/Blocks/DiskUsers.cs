using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Linux.Blocks;

/// <summary>
/// Finds out what uses a disk: mounts, swap, and devices built on it or on a partition (device mapper, RAID, loop devices), at any depth.
/// Other mount namespaces are not seen; opening the disk exclusively (O_EXCL, open(2)) is the guard against those.
/// </summary>
public sealed class DiskUsers(DiskCatalog catalog, IReadOnlyList<MountInfo> mounts, string swaps)
{
    /// <summary>Mount points without which the system does not run or start.</summary>
    private static readonly string[] SystemFolders = ["/", "/usr", "/boot", "/boot/efi", "/efi"];

    /// <summary>The users of this machine's disks as they are now.</summary>
    public static DiskUsers Now() => new(new DiskCatalog(), MountInfo.Read(), KernelFile.TryRead("/proc/swaps") ?? "");

    /// <summary>Every use of a disk; empty when it is free.</summary>
    public IReadOnlyList<DiskUser> Of(Disk disk)
    {
        var users = new List<DiskUser>();
        var loops = catalog.Names().Where(name => name.StartsWith("loop", StringComparison.Ordinal)).Select(catalog.Find).OfType<Disk>().Where(loop => loop.Model.Length > 0).ToArray();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Visit(disk);
        return users;

        void Visit(Disk device)
        {
            if (!seen.Add(device.Name))
                return;
            string[] paths = device.Bus == "device mapper" ? [device.Path, $"/dev/mapper/{device.Model}"] : [device.Path];
            // Some file systems (btrfs) show a number of their own: then the source tells.
            foreach (var mount in mounts.Where(mount => mount.Device == device.Number || paths.Contains(mount.Source)))
                users.Add(new DiskUser(device.Path, $"is mounted at {mount.Target}", $"umount {mount.Target}", SystemFolders.Contains(mount.Target)));
            if (SwapPaths().Any(path => paths.Contains(path)))
                users.Add(new DiskUser(device.Path, "is used as swap", $"swapoff {device.Path}", false));
            foreach (var holder in device.Holders.Select(catalog.Find).OfType<Disk>())
                Above(device, holder, holder.Bus == "RAID" ? $"mdadm --stop {holder.Path}" : $"dmsetup remove {holder.Model}");
            foreach (var loop in loops.Where(loop => loop.Model == device.Path))
                Above(device, loop, $"losetup -d {loop.Path}");
            foreach (var partition in device.Partitions)
                Visit(partition);
        }

        void Above(Disk device, Disk holder, string remedy)
        {
            var model = holder.Model.Length > 0 && holder.Model != device.Path ? $" ({holder.Model})" : "";
            users.Add(new DiskUser(device.Path, $"has {holder.Path}{model} on top of it", remedy, false));
            Visit(holder);
        }
    }

    // proc_swaps(5): a heading, then the path as the first word of each line.
    private IEnumerable<string> SwapPaths() =>
        swaps.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => MountInfo.Unescape(line.Split((char[])[' ', '\t'], 2)[0]));
}
