using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Gpt;

/// <summary>The partition tables of a disk or a hybrid ISO image: MBR, GPT and Apple partition map, each alone or beside others.</summary>
/// <param name="Mbr">The master boot record; null without.</param>
/// <param name="Gpt">The GUID partition table; null without.</param>
/// <param name="Apple">The Apple partition map; null without.</param>
/// <param name="Partitions">The GPT's partitions where there is one, else the MBR's, else those of the Apple partition map.</param>
public sealed record DiskTables(MbrTable? Mbr, GptDisk? Gpt, AppleMap? Apple, IReadOnlyList<DiskPartition> Partitions)
{
    private const int MbrSectorSize = 512;

    /// <summary>The tables themselves: name, first byte, length.</summary>
    public IEnumerable<(string Name, long Offset, long Length)> Structures
    {
        get
        {
            if (Mbr is not null)
                yield return ("master boot record", 0, Formats.Gpt.Mbr.Size);
            if (Apple is not null)
                foreach (var partition in Apple.Partitions)
                    yield return ($"Apple partition map, entry {partition.Number}", Apple.EntryOffset(partition.Number), AppleMap.EntrySize);
            if (Gpt is null)
                yield break;
            var copy = Gpt.PrimaryFault is null ? "GPT" : "backup GPT";
            yield return ($"{copy} header", Gpt.HeaderOffset, Gpt.SectorSize);
            yield return ($"{copy} entries", Gpt.EntriesOffset, Gpt.EntriesLength);
            if (Gpt.Backup is not { } backup)
                yield break;
            yield return ("backup GPT header", backup.Header, Gpt.SectorSize);
            yield return ("backup GPT entries", backup.Entries, Gpt.EntriesLength);
        }
    }

    /// <summary>Reads the tables; null when the disk has none.</summary>
    /// <exception cref="ImageException">IB2306 to IB2310: the tables are damaged.</exception>
    public static DiskTables? Read(Content disk)
    {
        var mbr = Formats.Gpt.Mbr.Read(disk);
        var gpt = GptReader.Read(disk, expected: mbr is { IsProtective: true });
        var apple = AppleMap.Read(disk);
        if (mbr is null && gpt is null)
            return apple is null ? null : new DiskTables(null, null, apple, apple.Partitions);
        var partitions = new List<DiskPartition>();
        if (gpt is not null)
        {
            foreach (var (number, partition) in gpt.Partitions)
                partitions.Add(new DiskPartition(number, (long)partition.FirstLba * gpt.SectorSize, (long)(partition.LastLba - partition.FirstLba + 1) * gpt.SectorSize,
                    GptType.NameOf(partition.Type) ?? partition.Type.ToString(), partition.Name));
        }
        else
        {
            foreach (var (number, partition) in mbr!.Partitions)
                if (!MbrType.IsExtended(partition.Type))
                    partitions.Add(FromMbr(disk, number, partition));
        }
        return new DiskTables(mbr, gpt, apple, partitions);
    }

    /// <summary>An image may end a little before the cylinder that its MBR names; a partition that begins behind the end is damage.</summary>
    private static DiskPartition FromMbr(Content disk, int number, MbrPartition partition)
    {
        var offset = (long)partition.FirstSector * MbrSectorSize;
        if (offset >= disk.Length)
            throw new ImageException(ImageErrorKind.Corrupt, "IB2310", $"MBR disk, byte {446 + (number - 1) * 16}: partition {number} begins at byte {offset}, the disk has only {disk.Length}: it is cut off");
        return new DiskPartition(number, offset, Math.Min((long)partition.SectorCount * MbrSectorSize, disk.Length - offset),
            MbrType.NameOf(partition.Type) ?? $"type 0x{partition.Type:x2}", "");
    }
}
