using System.Text;

namespace ImageBuilder.Formats.Gpt;

/// <summary>
/// A GUID partition table laid out for a disk (UEFI 2.10, 5.3): primary header in sector 1 with the entries behind it, the backup
/// entries and header at the disk's end. The protective MBR in sector 0 is <see cref="Mbr"/>'s work.
/// </summary>
public sealed class GptTable
{
    /// <summary>Length of the header in bytes.</summary>
    public const int HeaderSize = 92;

    /// <summary>Length of one entry in bytes.</summary>
    public const int EntrySize = 128;

    private const uint Revision = 0x00010000;
    private const ulong PrimaryLba = 1;
    internal const int HeaderCrcOffset = 16;
    private const int NameUnits = 36;
    private readonly GptOptions options;
    private readonly byte[] entries;

    private GptTable(GptOptions options, IReadOnlyList<(int Number, GptPartition Partition)> numbered)
    {
        this.options = options;
        EntrySectors = ((ulong)options.EntryCount * EntrySize + (ulong)options.SectorSize - 1) / (ulong)options.SectorSize;
        FirstUsableLba = Math.Max(options.FirstUsableLba ?? 0, PrimaryLba + 1 + EntrySectors);
        LastUsableLba = options.TotalSectors - EntrySectors - 2;
        var partitions = new List<GptPartition>();
        foreach (var (_, partition) in numbered)
            partitions.Add(partition);
        Partitions = partitions;
        entries = WriteEntries(numbered, options);
    }

    /// <summary>The partitions, in table order.</summary>
    public IReadOnlyList<GptPartition> Partitions { get; }

    /// <summary>First sector that partitions may use.</summary>
    public ulong FirstUsableLba { get; }

    /// <summary>Last sector that partitions may use.</summary>
    public ulong LastUsableLba { get; }

    /// <summary>Sectors that the entries take.</summary>
    public ulong EntrySectors { get; }

    /// <summary>First sector of the backup: its entries, then its header in the disk's last sector.</summary>
    public ulong BackupLba => LastUsableLba + 1;

    /// <summary>Sectors that a table takes at the end of the disk.</summary>
    public static ulong BackupSectors(int sectorSize, int entryCount = 128) =>
        ((ulong)entryCount * EntrySize + (ulong)sectorSize - 1) / (ulong)sectorSize + 1;

    /// <summary>Checks the partitions and places the tables; partitions have the numbers 1, 2, …</summary>
    /// <exception cref="ImageException">
    /// IB2402: a sector size that is not 512 or 4096, or a disk too small for the tables; IB2403: a partition outside the usable sectors, or of
    /// negative length; IB2404: two partitions overlap; IB2405: two partitions share a GUID; IB2406: too many partitions;
    /// IB2407: a name longer than 36 UTF-16 units.
    /// </exception>
    public static GptTable Layout(GptOptions options, IReadOnlyList<GptPartition> partitions) =>
        LayoutNumbered(options, [.. partitions.Select((partition, index) => (index + 1, partition))]);

    /// <summary>As <see cref="Layout"/>; each partition keeps its number, from 1, which is what systems call it by.</summary>
    /// <exception cref="ImageException">As <see cref="Layout"/>.</exception>
    public static GptTable LayoutNumbered(GptOptions options, IReadOnlyList<(int Number, GptPartition Partition)> partitions)
    {
        if (options.SectorSize is not (512 or 4096))
            throw new ImageException(ImageErrorKind.Unsupported, "IB2402",
                $"a GPT for sectors of {options.SectorSize} bytes cannot be written; 512 and 4096 can");
        if (options.TotalSectors < 2 * BackupSectors(options.SectorSize, options.EntryCount) + 2)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2402", $"a disk of {options.TotalSectors} sectors is too small for a GPT");
        var highest = 0;
        foreach (var (number, _) in partitions)
            highest = Math.Max(highest, number);
        if (highest > options.EntryCount)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2406",
                $"{highest} partitions do not fit a GPT of {options.EntryCount} entries");
        var table = new GptTable(options, partitions);
        if (!options.AllowInvalidPositions)
            table.CheckPositions();
        return table;
    }

    /// <summary>The header in sector 1 and the entries from sector 2: goes to byte <c>1 × sector size</c> of the disk.</summary>
    public byte[] WritePrimary()
    {
        var sectors = new byte[checked((int)(1 + EntrySectors) * options.SectorSize)];
        WriteHeader(sectors, PrimaryLba, options.TotalSectors - 1, PrimaryLba + 1);
        entries.CopyTo(sectors, options.SectorSize);
        return sectors;
    }

    /// <summary>The backup's entries and header: goes to sector <see cref="BackupLba"/> and ends with the disk.</summary>
    public byte[] WriteBackup()
    {
        var sectors = new byte[checked((int)(1 + EntrySectors) * options.SectorSize)];
        entries.CopyTo(sectors, 0);
        WriteHeader(sectors.AsSpan(sectors.Length - options.SectorSize), options.TotalSectors - 1, PrimaryLba, BackupLba);
        return sectors;
    }

    /// <summary>UEFI 2.10, table 5.5.</summary>
    private void WriteHeader(Span<byte> sector, ulong lba, ulong alternateLba, ulong entriesLba)
    {
        var header = sector[..HeaderSize];
        var record = new RecordWriter(header);
        record.Bytes("EFI PART"u8);
        record.U32(Revision);
        record.U32(HeaderSize);
        record.At(HeaderCrcOffset);
        record.U32(0);
        record.U32(0);
        record.U64(lba);
        record.U64(alternateLba);
        record.U64(FirstUsableLba);
        record.U64(LastUsableLba);
        record.Guid(options.DiskGuid);
        record.U64(entriesLba);
        record.U32((uint)options.EntryCount);
        record.U32(EntrySize);
        record.U32(Crc32.Of(entries));
        record.End();
        var crc = new RecordWriter(header.Slice(HeaderCrcOffset, sizeof(uint)));
        crc.U32(Crc32.Of(header)); // over the header with the field itself zero
    }

    /// <summary>UEFI 2.10, table 5.6.</summary>
    private static byte[] WriteEntries(IReadOnlyList<(int Number, GptPartition Partition)> partitions, GptOptions options)
    {
        var bytes = new byte[options.EntryCount * EntrySize];
        foreach (var (number, partition) in partitions)
        {
            var record = new RecordWriter(bytes.AsSpan((number - 1) * EntrySize, EntrySize));
            if (partition.Name.Length > NameUnits)
                throw new ImageException(ImageErrorKind.LimitExceeded, "IB2407",
                    $"the partition name '{partition.Name}' has {partition.Name.Length} UTF-16 units; a GPT entry holds {NameUnits}");
            record.Guid(partition.Type);
            record.Guid(partition.Id);
            record.U64(partition.FirstLba);
            record.U64(partition.LastLba);
            record.U64((ulong)partition.Attributes);
            record.Bytes(Encoding.Unicode.GetBytes(partition.Name.PadRight(NameUnits, '\0')));
            record.End();
        }
        return bytes;
    }

    private void CheckPositions()
    {
        foreach (var partition in Partitions)
            if (partition.FirstLba > partition.LastLba || partition.FirstLba < FirstUsableLba || partition.LastLba > LastUsableLba)
                throw new ImageException(ImageErrorKind.Unsupported, "IB2403",
                    $"partition '{partition.Name}' has sectors {partition.FirstLba} to {partition.LastLba}; usable are {FirstUsableLba} to {LastUsableLba}");
        GptPartition? previous = null;
        foreach (var partition in Partitions.OrderBy(partition => partition.FirstLba))
        {
            if (previous is not null && partition.FirstLba <= previous.LastLba)
                throw new ImageException(ImageErrorKind.Unsupported, "IB2404",
                    $"partition '{partition.Name}' begins at sector {partition.FirstLba}, inside '{previous.Name}', which ends at {previous.LastLba}");
            previous = partition;
        }
        if (Partitions.GroupBy(partition => partition.Id).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ImageException(ImageErrorKind.Unsupported, "IB2405", $"two partitions have the GUID {twice.Key}; each needs its own");
    }
}
