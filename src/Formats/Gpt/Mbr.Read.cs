using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Gpt;

public static partial class Mbr
{
    private const int EntrySize = 16;
    private const int SectorSize = 512;
    private const int MaxLogical = 128;

    /// <summary>Reads the record at the head of a disk, with the logical partitions behind it; null when there is none.</summary>
    /// <param name="disk">The whole disk. Sectors are taken to have 512 bytes, as MBR disks do but for rare exceptions.</param>
    /// <exception cref="ImageException">IB2306: the chain of logical partitions is damaged.</exception>
    public static MbrTable? Read(Content disk)
    {
        if (disk.Length < Size)
            return null;
        var sector = new byte[Size];
        disk.Read(0, sector);
        if (Entries(sector) is not { } entries || Array.TrueForAll(entries, entry => entry.Type == MbrType.Empty && entry.SectorCount == 0))
            return null;
        var partitions = new List<(int Number, MbrPartition Partition)>();
        for (var i = 0; i < entries.Length; i++)
            if (entries[i].SectorCount > 0)
                partitions.Add((i + 1, entries[i]));
        foreach (var (_, extended) in partitions.FindAll(pair => MbrType.IsExtended(pair.Partition.Type)))
            AddLogical(disk, extended, partitions);
        var signature = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(sector.AsSpan(BootCodeSize));
        return new MbrTable(signature, sector.AsSpan(0, BootCodeSize).ContainsAnyExcept((byte)0), partitions);
    }

    /// <summary>The four entries; null when this is no MBR, but perhaps the boot sector of a file system, which has the same signature.</summary>
    private static MbrPartition[]? Entries(byte[] sector)
    {
        var record = new RecordReader(sector);
        record.Skip(PartitionTableOffset);
        var entries = new MbrPartition[EntryCount];
        for (var i = 0; i < EntryCount; i++)
        {
            var entry = new RecordReader(record.Bytes(EntrySize));
            int status = entry.U8();
            if (status is not (0 or 0x80))
                return null;
            entry.Skip(3);
            var type = entry.U8();
            entry.Skip(3);
            entries[i] = new MbrPartition(type, entry.U32(), entry.U32(), status != 0);
        }
        return record.U16() == Signature ? entries : null;
    }

    /// <summary>
    /// Each logical partition has a table of its own: one entry for itself, counted from there, and one for the next table, counted from the extended
    /// partition.
    /// </summary>
    private static void AddLogical(Content disk, MbrPartition extended, List<(int Number, MbrPartition Partition)> partitions)
    {
        var number = Math.Max(EntryCount, partitions[^1].Number) + 1; // the numbers rise
        var seen = new HashSet<long>();
        for (long at = extended.FirstSector; ;)
        {
            var offset = at * SectorSize;
            if (!seen.Add(at) || seen.Count > MaxLogical)
                throw Corrupt(offset, $"the chain of logical partitions goes in a circle, or has more than {MaxLogical}");
            if (offset > disk.Length - Size)
                throw Corrupt(offset, "the table of a logical partition lies outside the disk");
            var sector = new byte[Size];
            disk.Read(offset, sector);
            if (Entries(sector) is not { } entries)
                throw Corrupt(offset, "there is no table where one of a logical partition belongs");
            var own = entries[0];
            if (own.SectorCount > 0)
                partitions.Add((number++, own with { FirstSector = At(at + own.FirstSector, offset) }));
            if (entries[1].SectorCount == 0)
                return;
            at = At((long)extended.FirstSector + entries[1].FirstSector, offset);
        }
    }

    private static uint At(long sector, long offset) =>
        sector <= uint.MaxValue ? (uint)sector : throw Corrupt(offset, "a logical partition begins behind sector 2^32");

    private static ImageException Corrupt(long at, string what) => new(ImageErrorKind.Corrupt, "IB2306", $"MBR disk, byte {at}: {what}");
}
