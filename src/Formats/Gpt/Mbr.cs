namespace ImageBuilder.Formats.Gpt;

/// <summary>A master boot record: the first 512 bytes of a disk, whatever its sector size (UEFI 2.10, 5.2.1).</summary>
public static partial class Mbr
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 512;

    /// <summary>Room for boot code at the front, in bytes.</summary>
    public const int BootCodeSize = 440;

    /// <summary>Number of partition entries.</summary>
    public const int EntryCount = 4;

    private const int PartitionTableOffset = 446;
    private const ushort Signature = 0xAA55;
    private const int Heads = 255;
    private const int SectorsPerTrack = 63;
    private const int MaxCylinder = 1023;

    /// <summary>The record for up to four partitions.</summary>
    /// <param name="bootCode">Up to <see cref="BootCodeSize"/> bytes; more is ignored, since boot.img files carry a table of their own.</param>
    /// <param name="diskSignature">The 32-bit number that Linux turns into PARTUUIDs of MBR disks.</param>
    /// <param name="partitions">The entries, in order.</param>
    /// <exception cref="ImageException">IB2401: more than four partitions.</exception>
    public static byte[] Write(ReadOnlySpan<byte> bootCode, uint diskSignature, IReadOnlyList<MbrPartition> partitions)
    {
        if (partitions.Count > EntryCount)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2401",
                $"an MBR holds {EntryCount} partitions; {partitions.Count} were asked for");
        var sector = new byte[Size];
        var record = new RecordWriter(sector);
        var code = bootCode[..Math.Min(bootCode.Length, BootCodeSize)];
        record.Bytes(code);
        record.Zero(BootCodeSize - code.Length);
        record.U32(diskSignature);
        record.U16(0);
        record.At(PartitionTableOffset);
        for (var i = 0; i < EntryCount; i++)
            WriteEntry(ref record, i < partitions.Count ? partitions[i] : null);
        record.U16(Signature);
        record.End();
        return sector;
    }

    /// <summary>The entry that protects a GPT disk: type 0xEE over everything after sector 0 (UEFI 2.10, table 5.4).</summary>
    /// <param name="totalSectors">Sectors of the disk; the entry's size saturates at 32 bits.</param>
    public static MbrPartition Protective(ulong totalSectors) =>
        new(MbrType.GptProtective, 1, (uint)Math.Min(totalSectors - 1, uint.MaxValue));

    /// <summary>The record of a GPT disk that has become longer or shorter: its protective entry covers the disk again, and nothing else changes.</summary>
    /// <param name="sector">The record as it is.</param>
    /// <param name="totalSectors">Sectors of the disk.</param>
    /// <returns>The same bytes when there is nothing to change, or no protective entry.</returns>
    public static byte[] Protect(ReadOnlySpan<byte> sector, ulong totalSectors)
    {
        const int typeAt = 4, countAt = 12;
        var record = sector.ToArray();
        for (var i = 0; i < EntryCount; i++)
            if (record.AsSpan(PartitionTableOffset + (i * EntrySize), EntrySize) is var entry && entry[typeAt] == MbrType.GptProtective)
            {
                var count = new RecordWriter(entry[countAt..]);
                count.U32(Protective(totalSectors).SectorCount);
            }
        return record;
    }

    private static void WriteEntry(ref RecordWriter record, MbrPartition? partition)
    {
        if (partition is null || partition.SectorCount == 0)
        {
            record.Zero(16);
            return;
        }
        record.U8(partition.Active ? 0x80 : 0);
        WriteChs(ref record, partition.FirstSector);
        record.U8(partition.Type);
        // The protective entry's end is FFFFFF by definition; others state it as far as CHS reaches.
        WriteChs(ref record, partition.Type == MbrType.GptProtective ? ulong.MaxValue : (ulong)partition.FirstSector + partition.SectorCount - 1);
        record.U32(partition.FirstSector);
        record.U32(partition.SectorCount);
    }

    /// <summary>Head, sector with the cylinder's upper bits, cylinder; FE FF FF where CHS does not reach, FF FF FF for "as far as can be".</summary>
    private static void WriteChs(ref RecordWriter record, ulong sector)
    {
        var cylinder = sector / (Heads * SectorsPerTrack);
        if (cylinder > MaxCylinder)
        {
            record.Bytes([sector == ulong.MaxValue ? (byte)0xFF : (byte)0xFE, 0xFF, 0xFF]);
            return;
        }
        record.U8((int)(sector / SectorsPerTrack % Heads));
        record.U8((int)((sector % SectorsPerTrack) + 1) | (int)((cylinder >> 8) << 6));
        record.U8((byte)cylinder);
    }
}
