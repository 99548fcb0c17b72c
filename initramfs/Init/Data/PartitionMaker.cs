using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Update;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Disks;

namespace ImageBuilder.Init;

/// <summary>Makes the partition that keeps what is written, in the free space of the stick that was started from, while it is in use.</summary>
internal static class PartitionMaker
{
    /// <summary>Null when one can be made; else why not, in words. Nothing is touched.</summary>
    /// <param name="disk">The disk of the medium.</param>
    /// <param name="inFile">The medium is a file on that disk.</param>
    /// <param name="isReadOnly">The disk takes no writes.</param>
    /// <param name="hasTemplate">The image has the file system for it.</param>
    internal static string? WhyNot(string disk, bool inFile, bool isReadOnly, bool hasTemplate) =>
        inFile ? $"the medium is a file on /dev/{disk}, and the disk of a file is not touched"
        : disk.StartsWith("sr", StringComparison.Ordinal) ? $"/dev/{disk} is a disc, which cannot be written to: copy the image to a stick"
        : isReadOnly ? $"/dev/{disk} is read-only: a stick or card may have a switch for that"
        : !hasTemplate ? $"this image was not built to: it has no {DevicePaths.DataTemplate} (upper: {{ kind: persistent }} in the spec)"
        : null;

    /// <summary>Makes it; the device file.</summary>
    /// <exception cref="ImageException">IB6031: the disk has no GPT; IB6035: there is no room; others: it cannot be read or written.</exception>
    /// <exception cref="IOException">The kernel does not take the new partition.</exception>
    public static string Make(Boot boot)
    {
        var disk = boot.Medium!.Disk;
        boot.Log.Show($"imagebuilder: a partition is made on /dev/{disk} for what is written. This may take a minute.");
        WatchdogGuard.Stop(boot);
        try
        {
            using var device = RawDevice.OpenShared($"/dev/{disk}");
            using var file = File.OpenHandle(Template(boot)!);
            var made = PartitionCreation.Create(device, DataLayout.Label, Content.From(file, 0, RandomAccess.GetLength(file), DevicePaths.DataTemplate), Machine.RandomUuid);
            BlockPartitions.Add($"/dev/{disk}", made.Number, made.Offset, made.Length);
            var path = $"/dev/{NameOf(disk, made.Number)}";
            boot.DataLength = made.Length;
            boot.Decide("partition", path, $"ib.persist=create; {string.Join("; ", made.Done)}");
            return path;
        }
        finally
        {
            WatchdogGuard.Start(boot);
        }
    }

    /// <summary>What a partition is called: disk_name() of the kernel, block/genhd.c.</summary>
    internal static string NameOf(string disk, int number) => char.IsAsciiDigit(disk[^1]) ? $"{disk}p{number}" : $"{disk}{number}";

    /// <summary>The file system for it, in the uppermost layer that has one.</summary>
    internal static string? Template(Boot boot) => boot.Layers.Select(layer => layer + DevicePaths.DataTemplate).FirstOrDefault(File.Exists);
}
