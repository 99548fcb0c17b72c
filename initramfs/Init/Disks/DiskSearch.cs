using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Init;

/// <summary>
/// Finds the disk that the boot loader came from, by the partition that it names, and nothing of it on other disks: a stick with the same image must
/// not be mixed with the disk that it was copied to.
/// </summary>
internal static class DiskSearch
{
    public static void Run(Boot boot)
    {
        // A search that failed has taken its devices from the queue; the first one finds them there.
        if (boot.Refused.Count > 0)
            boot.Devices!.Again();
        var selector = boot.Options.Disk!;
        var found = Wait(boot, selector);
        var disk = BootedDisk.Read(found.Disk);
        boot.Disk = disk;
        RefuseTwins(boot);
        boot.Timeline.Set("disk", disk.Path);
        boot.Decide("disk", disk.Path, $"has {selector} as {found.Path}");
        boot.Log.Debug($"partitions: {string.Join(", ", disk.Parts.Select(part => $"{part.Label} {part.Path} {part.Length}"))}");
    }

    /// <summary>To be called again when slower devices have answered as well.</summary>
    /// <exception cref="BootException">Another disk has a partition with the same identifier.</exception>
    public static void RefuseTwins(Boot boot)
    {
        if (boot.Disk is not { } disk)
            return;
        var twins = Twins(boot.Options.Disk!, disk.Name, boot.Devices!.Devices, device => device.Disk);
        if (twins.Count > 0)
            throw new BootException($"two disks hold the same image: {disk.Path} and {string.Join(", ", twins)} have {boot.Options.Disk}",
                ["Take one of them away, and start again: which one was meant cannot be told."]);
    }

    /// <summary>Other disks with a partition that is meant as much as the one that was found.</summary>
    internal static IReadOnlyList<string> Twins(DeviceSelector selector, string disk, IEnumerable<BlockDevice> devices, Func<BlockDevice, string> diskOf) =>
        [.. devices.Where(device => selector.Refuses(device) is null).Select(diskOf).Where(other => other != disk).Distinct().Select(other => $"/dev/{other}")];

    private static BlockDevice Wait(Boot boot, DeviceSelector selector)
    {
        var deadline = Machine.MicrosecondsSinceBoot() + (long)boot.Options.Timeout.TotalMicroseconds;
        do
        {
            var left = Math.Max(0, deadline - Machine.MicrosecondsSinceBoot());
            if (boot.Devices!.Next(TimeSpan.FromMicroseconds(left)) is not { } device)
                continue;
            if (selector.Refuses(device) is not { } reason)
                return device;
            boot.Refused[device.Name] = device.Trouble ?? reason;
        }
        while (Machine.MicrosecondsSinceBoot() < deadline);
        throw new BootException($"the disk with {selector} was not found within {boot.Options.Timeout.TotalSeconds:0} s",
            [
                "Check that the disk is connected. If this machine needs a driver that is missing, add it to `drivers:` and build again.",
                "The word `gpt` on the kernel command line lets the kernel use the second copy of a damaged partition table.",
                "For slow devices raise ib.timeout=; for a prompt here add ib.shell.",
            ],
            [.. MediumReport.Table(boot.Devices!.Devices, boot.Refused), .. MediumReport.Drivers()]);
    }
}
