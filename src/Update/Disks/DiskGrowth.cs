using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.Update.Disks;

/// <summary>
/// What a disk needs at its first boot: the last partition grown to the disk's end, and GUIDs of its own. Done when it is not done yet, so that it
/// can be called at every boot: a cut in between is mended by the next. src/Update/FORMAT.md tells how.
/// </summary>
public static class DiskGrowth
{
    /// <summary>The version (RFC 9562) of GUIDs that the builder derives from an image. A disk that still has one is as it was shipped.</summary>
    private const int ShippedVersion = 8;

    /// <summary>Looks at the table and changes what is to be changed.</summary>
    /// <param name="disk">The whole disk.</param>
    /// <param name="last">The name of the partition that grows, the last of the disk.</param>
    /// <param name="newGuid">Gives random GUIDs (version 4); null for a stick, which keeps those it was made with.</param>
    /// <exception cref="ImageException">
    /// IB6031: no GPT; IB6032: another partition is the last; IB6033: the disk does not take the table; IB6030, IB2307 to IB2309: it cannot be read.
    /// </exception>
    public static GrowthResult Apply(IRawDevice disk, string last, Func<Guid>? newGuid)
    {
        try
        {
            return ApplyTo(disk, last, newGuid);
        }
        catch (IOException error)
        {
            throw new ImageException(ImageErrorKind.Io, "IB6033", $"the partition table cannot be written: {error.Message}", error);
        }
    }

    private static GrowthResult ApplyTo(IRawDevice disk, string last, Func<Guid>? newGuid)
    {
        var done = new List<string>();
        var damaged = DiskTable.Read(disk);
        var table = damaged.Repair();
        if (damaged.Gpt.PrimaryFault is { } fault)
            done.Add($"the primary partition table is restored from its backup: {fault}");
        var gpt = table.Gpt;
        var (number, partition) = gpt.Partitions.MaxBy(entry => entry.Partition.LastLba);
        if (partition?.Name != last)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6032", $"the last partition of the disk is '{partition?.Name}', not '{last}': it cannot grow");
        var end = Math.Max(table.LastAligned, partition.LastLba);
        var (grows, shipped) = (end > partition.LastLba, newGuid is not null && gpt.DiskGuid.Version == ShippedVersion);
        if (grows || shipped || table.IsBackupWrong)
        {
            var partitions = gpt.Partitions.Select(entry => (entry.Number, entry.Partition with
            {
                Id = shipped ? newGuid!() : entry.Partition.Id,
                LastLba = entry.Number == number ? end : entry.Partition.LastLba,
            })).ToList();
            table.Replace(shipped ? newGuid!() : gpt.DiskGuid, partitions);
            done.Add(string.Create(CultureInfo.InvariantCulture, $"{last} {(grows ? "grows to" : "stays at")} {(long)(end - partition.FirstLba + 1) * gpt.SectorSize} bytes; {(shipped ? "the disk has GUIDs of its own now" : "the GUIDs stay")}"));
        }
        if (table.Protect())
            done.Add("the protective MBR covers the whole disk");
        return new GrowthResult(done, number, (long)partition.FirstLba * gpt.SectorSize, (long)(end - partition.FirstLba + 1) * gpt.SectorSize, grows);
    }
}
