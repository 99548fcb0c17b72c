using ImageBuilder.Formats;
using ImageBuilder.Formats.Gpt;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.Update.Disks;

/// <summary>
/// Makes a data partition in the space of a stick that no partition has. The file system is written first, and the table names it only when it is whole:
/// after a cut there is no partition, or a whole one. Boot code, the active entry of the MBR and the partitions that are there stay as they are, so
/// the stick boots as before.
/// </summary>
public static class PartitionCreation
{
    /// <summary>Makes the partition behind all others, as long as there is room.</summary>
    /// <param name="disk">The whole stick.</param>
    /// <param name="name">The partition's name.</param>
    /// <param name="template">An ext4 file system for it; <see cref="Ext4Template"/>.</param>
    /// <param name="newGuid">Gives random GUIDs.</param>
    /// <exception cref="ImageException">
    /// IB6034: there is such a partition already; IB6035: not enough room; IB6031: no GPT; IB6033: the disk does not take it; IB6030, IB2307 to IB2309: it
    /// cannot be read.
    /// </exception>
    public static GrowthResult Create(IRawDevice disk, string name, Content template, Func<Guid> newGuid)
    {
        try
        {
            return CreateOn(disk, name, template, newGuid);
        }
        catch (IOException error)
        {
            throw new ImageException(ImageErrorKind.Io, "IB6033", $"the partition {name} cannot be made: {error.Message}", error);
        }
    }

    private static GrowthResult CreateOn(IRawDevice disk, string name, Content template, Func<Guid> newGuid)
    {
        var table = DiskTable.Read(disk).Repair();
        var gpt = table.Gpt;
        if (gpt.Partitions.Any(entry => entry.Partition.Name == name))
            throw new ImageException(ImageErrorKind.Spec, "IB6034", $"the disk has a partition {name} already");
        var sectors = (ulong)(DiskTable.Alignment / gpt.SectorSize);
        var behind = gpt.Partitions.Select(entry => entry.Partition.LastLba + 1).Append(gpt.FirstUsableLba).Max();
        var (first, last) = ((behind + sectors - 1) / sectors * sectors, table.LastAligned);
        var room = last < first ? 0 : (long)(last - first + 1) * gpt.SectorSize;
        if (room < template.Length)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB6035", $"behind its partitions the disk has {room} bytes; {name} needs {template.Length} at least: take a larger stick");
        var number = Enumerable.Range(1, gpt.EntryCount).Except(gpt.Partitions.Select(entry => entry.Number)).DefaultIfEmpty(gpt.EntryCount + 1).Min();
        var offset = (long)first * gpt.SectorSize;
        Ext4Template.Write(template, new DevicePart(disk, offset, room), newGuid());
        var partition = new GptPartition(GptType.LinuxFileSystem, newGuid(), first, last, name);
        table.Replace(gpt.DiskGuid, [.. gpt.Partitions, (number, partition)]);
        table.Protect();
        return new GrowthResult([$"{name} is partition {number}, {room} bytes"], number, offset, room, true);
    }
}
