using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.State;

namespace ImageBuilder.Init;

/// <summary>
/// Finds the partition that keeps what is written over a live medium: on the medium's own disk, else on another. Which of two is meant is never
/// guessed, and the data partition of an appliance is never taken: its record lies elsewhere, and what it keeps would look like garbage.
/// </summary>
internal static class DataSearch
{
    /// <summary>The label that live-boot's users give a partition.</summary>
    public const string UsersLabel = "persistence";

    /// <summary>The file system that it has to have.</summary>
    public const string FileSystem = "ext4";

    // Nobody says "that was the last stick". Without ib.data= a partition is waited for while drivers load, and this long after the last device.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ModuleTimeLimit = TimeSpan.FromSeconds(5);

    /// <summary>The partition; null when there is none and none was named.</summary>
    /// <exception cref="BootException">Two could be meant, or the one that was named is not there or cannot be used.</exception>
    public static BlockDevice? Find(Boot boot)
    {
        var watcher = boot.Devices!;
        var own = boot.Medium!.Disk;
        WaitForPartitions(watcher, own, boot.Options.Timeout);
        var deadline = Machine.MicrosecondsSinceBoot() + (long)boot.Options.Timeout.TotalMicroseconds;
        var refused = new SortedDictionary<string, string>(StringComparer.Ordinal);
        while (true)
        {
            refused.Clear();
            if (Choose([.. watcher.Devices], device => device.Disk, boot.Medium, boot.Options.Data, refused) is { } found)
            {
                boot.Decide("data", found.Path, $"{Describe(found, boot.Options.Data)}, on {(found.Disk == own ? "the medium's own disk" : "another disk than the medium")}");
                return found;
            }
            var left = TimeSpan.FromMicroseconds(Math.Max(0, deadline - Machine.MicrosecondsSinceBoot()));
            if (boot.Options.Data is null)
            {
                boot.Modules!.Settle(left < ModuleTimeLimit ? left : ModuleTimeLimit, out _);
                left = left < Quiet ? left : Quiet;
            }
            if (watcher.Next(left) is null)
                break;
        }
        if (boot.Options.Data is { } wanted)
            throw NotFound(boot, wanted, refused);
        foreach (var (name, reason) in refused)
            boot.Decide("data", $"not /dev/{name}", reason);
        return null;
    }

    /// <summary>The partition among the devices of this moment; null when there is none.</summary>
    /// <param name="devices">All that are known.</param>
    /// <param name="diskOf">The disk that a device is on.</param>
    /// <param name="medium">The medium: what it is on comes first.</param>
    /// <param name="wanted">The one that was named; null: by its label.</param>
    /// <param name="refused">Takes the reason for each that looks like one and cannot be used.</param>
    /// <exception cref="BootException">Two could be meant.</exception>
    internal static BlockDevice? Choose(
        IReadOnlyCollection<BlockDevice> devices, Func<BlockDevice, string> diskOf, BlockDevice medium, DeviceSelector? wanted, IDictionary<string, string> refused)
    {
        var appliances = devices.Where(device => device.PartitionName == PartitionCopies.Label).Select(diskOf).ToHashSet(StringComparer.Ordinal);
        var usable = new List<BlockDevice>();
        foreach (var device in devices.Where(device => wanted is null ? HasLabel(device) : IsMeant(wanted, device)).OrderBy(device => device.Name, StringComparer.Ordinal))
            if (WhyNot(device) is { } reason)
                refused[device.Name] = reason;
            else
                usable.Add(device);
        var here = usable.Where(device => diskOf(device) == diskOf(medium)).ToList();
        var candidates = here.Count > 0 ? here : usable;
        return candidates.Count <= 1 ? candidates.FirstOrDefault() : throw new BootException(
            $"two partitions could keep what is written: {string.Join(" and ", candidates.Select(device => $"{device.Path} ({Describe(device, wanted)})"))}",
            ["Say which one is meant: ib.data=UUID=..., ib.data=PARTUUID=... or ib.data=/dev/...; ib.persist=0 keeps nothing.", "Or take one of them away, or give it another label."]);

        string? WhyNot(BlockDevice device) =>
            device.Name == medium.Name ? "it is the medium itself"
            : appliances.Contains(diskOf(device)) ? $"/dev/{diskOf(device)} is the disk of an appliance, which keeps its own there"
            : device.Trouble is { } trouble ? trouble
            : device.FileSystem?.Type is var type && type == FileSystem ? null
            // What the table calls so and is not recognised may be damaged: that is not the same as nothing, and the image's policy decides.
            : type is null && (HasName(device) || wanted is not null) ? null
            : $"there is {type ?? "no known file system"} on it; it has to be {FileSystem} (mke2fs -t ext4 -L {UsersLabel})";
    }

    // A label is the file system's or the partition's, as for live-boot's users.
    private static bool IsMeant(DeviceSelector wanted, BlockDevice device) =>
        wanted.Refuses(device) is null || (wanted.Kind == "LABEL" && device.PartitionName == wanted.Value);

    private static bool HasLabel(BlockDevice device) => device.FileSystem?.Label is DataLayout.Label or UsersLabel || HasName(device);

    private static bool HasName(BlockDevice device) => device.PartitionName is DataLayout.Label or UsersLabel;

    private static string Describe(BlockDevice device, DeviceSelector? wanted) =>
        wanted is not null ? $"is {wanted}"
        : device.FileSystem?.Label is DataLayout.Label or UsersLabel ? $"has the label {device.FileSystem.Label}"
        : $"has the partition name {device.PartitionName}";

    // The kernel tells of a disk before it tells of its partitions: what is in the table is waited for.
    private static void WaitForPartitions(DeviceWatcher watcher, string disk, TimeSpan timeout)
    {
        var deadline = Machine.MicrosecondsSinceBoot() + (long)timeout.TotalMicroseconds;
        while (Machine.MicrosecondsSinceBoot() < deadline)
        {
            var known = watcher.Devices.Select(device => device.Name).ToHashSet(StringComparer.Ordinal);
            if (BlockDevice.Partitions(disk).All(known.Contains))
                return;
            watcher.Next(TimeSpan.FromMilliseconds(100));
        }
    }

    private static BootException NotFound(Boot boot, DeviceSelector wanted, SortedDictionary<string, string> refused) =>
        new($"the partition {wanted}, which is to keep what is written, was not found within {boot.Options.Timeout.TotalSeconds:0} s",
            [
                "Check that its disk is connected, and that the name is right: blkid shows LABEL, UUID, PARTLABEL and PARTUUID.",
                "ib.persist=0 starts without it, and keeps nothing.",
            ],
            [.. MediumReport.Table(boot.Devices!.Devices, refused), .. MediumReport.Drivers()]);
}
