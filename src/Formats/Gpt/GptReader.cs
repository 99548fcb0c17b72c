using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Gpt;

/// <summary>Reads a GUID partition table, from its backup when the primary is damaged (UEFI 2.10, 5.3.2).</summary>
internal static class GptReader
{
    private const int MaxEntriesLength = 4 << 20;
    private const ulong PrimaryLba = 1;
    private const int NameBytes = 72;
    private static readonly int[] SectorSizes = [512, 4096, 2048, 1024];

    /// <summary>The disk's table; null when there is none and nothing says that there should be.</summary>
    /// <param name="disk">The whole disk.</param>
    /// <param name="expected">True when a protective MBR promises a table.</param>
    /// <exception cref="ImageException">IB2307: both copies are damaged; IB2308: a partition outside the disk; IB2309: too many entries.</exception>
    public static GptDisk? Read(Content disk, bool expected)
    {
        string? fault = null;
        foreach (var size in SectorSizes)
        {
            if (!HasSignature(disk, size))
                continue;
            var primary = ReadCopy(disk, size, PrimaryLba, out fault);
            if (primary is null)
                break;
            return CheckPositions(disk, WithBackup(disk, primary));
        }
        if (fault is null && !expected)
            return null;
        fault ??= "there is no header in sector 1";
        foreach (var size in SectorSizes)
        {
            var last = disk.Length / size - 1;
            if (last <= 1 || !HasSignature(disk, last * size))
                continue;
            return ReadCopy(disk, size, (ulong)last, out var backupFault) is { } backup
                ? CheckPositions(disk, backup with { PrimaryFault = fault })
                : throw Corrupt("IB2307", last * size, $"both copies of the GPT are damaged: {fault}; {backupFault}");
        }
        throw Corrupt("IB2307", 512, $"the primary GPT is damaged ({fault}), and no backup lies at the disk's end");
    }

    private static GptDisk WithBackup(Content disk, GptDisk primary)
    {
        var size = primary.SectorSize;
        if (primary.AlternateLba > (ulong)(disk.Length / size))
            return primary with { BackupFault = $"the backup belongs at sector {primary.AlternateLba}, behind the disk's end: the disk is cut off" };
        var at = (long)primary.AlternateLba * size;
        if (!HasSignature(disk, at))
            return primary with { BackupFault = $"there is no backup at byte {at}" };
        if (ReadCopy(disk, size, primary.AlternateLba, out var fault) is not { } backup)
            return primary with { BackupFault = fault };
        var same = backup.DiskGuid == primary.DiskGuid && backup.Partitions.SequenceEqual(primary.Partitions);
        return primary with
        {
            Backup = (backup.HeaderOffset, backup.EntriesOffset),
            BackupFault = same ? null : $"the backup at byte {at} names other partitions than the primary",
        };
    }

    /// <summary>UEFI 2.10, table 5.5: signature, CRC of the header, its own position, CRC of the entries.</summary>
    private static GptDisk? ReadCopy(Content disk, int sectorSize, ulong lba, out string? fault)
    {
        var at = (long)lba * sectorSize;
        var sector = new byte[Math.Min(sectorSize, disk.Length - at)];
        disk.Read(at, sector);
        var record = new RecordReader(sector);
        record.Skip(8);
        var revision = record.U32();
        var headerSize = record.U32();
        if (revision >> 16 != 1 || headerSize < GptTable.HeaderSize || headerSize > sector.Length)
        {
            fault = $"the header at byte {at} has revision 0x{revision:x8} and {headerSize} bytes; expected 0x0001xxxx and {GptTable.HeaderSize} to {sector.Length}";
            return null;
        }
        record.At(GptTable.HeaderCrcOffset);
        var crc = record.U32();
        record.Skip(4);
        var self = record.U64();
        var alternate = record.U64();
        var (first, last) = (record.U64(), record.U64());
        var guid = record.Guid();
        var entriesLba = record.U64();
        var (count, entrySize, entriesCrc) = (record.U32(), record.U32(), record.U32());
        sector.AsSpan(GptTable.HeaderCrcOffset, sizeof(uint)).Clear();
        if (Crc32.Of(sector.AsSpan(0, (int)headerSize)) is var actual && actual != crc)
            fault = $"the header at byte {at} has the CRC 0x{crc:x8}; its bytes give 0x{actual:x8}";
        else if (self != lba)
            fault = $"the header at byte {at} says that it lies in sector {self}, and lies in {lba}";
        else if (entrySize < GptTable.EntrySize || entrySize % 8 != 0)
            fault = $"the header at byte {at} has entries of {entrySize} bytes; expected {GptTable.EntrySize} or a multiple";
        else if ((ulong)count * entrySize > MaxEntriesLength)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2309", $"GPT, byte {at}: {count} entries of {entrySize} bytes; at most {MaxEntriesLength} bytes are read");
        else if (entriesLba > (ulong)(disk.Length / sectorSize) || (long)entriesLba * sectorSize > disk.Length - count * entrySize)
            fault = $"the entries at sector {entriesLba} lie outside the disk";
        else
            return ReadEntries(out fault);
        return null;

        GptDisk? ReadEntries(out string? problem)
        {
            var bytes = new byte[count * entrySize];
            disk.Read((long)entriesLba * sectorSize, bytes);
            var sum = Crc32.Of(bytes);
            problem = sum == entriesCrc ? null : $"the entries at byte {(long)entriesLba * sectorSize} give the CRC 0x{sum:x8}; the header says 0x{entriesCrc:x8}";
            return problem is not null ? null : new GptDisk
            {
                SectorSize = sectorSize,
                DiskGuid = guid,
                FirstUsableLba = first,
                LastUsableLba = last,
                EntryCount = (int)count,
                AlternateLba = alternate,
                Partitions = Entries(bytes, (int)entrySize),
                HeaderOffset = at,
                EntriesOffset = (long)entriesLba * sectorSize,
                EntriesLength = bytes.Length,
            };
        }
    }

    /// <summary>UEFI 2.10, table 5.6; an entry whose type is all zeros is free.</summary>
    private static List<(int, GptPartition)> Entries(byte[] bytes, int size)
    {
        var partitions = new List<(int, GptPartition)>();
        for (var i = 0; i < bytes.Length / size; i++)
        {
            var record = new RecordReader(bytes.AsSpan(i * size, size));
            var type = record.Guid();
            if (type == Guid.Empty)
                continue;
            var (id, first, last, attributes) = (record.Guid(), record.U64(), record.U64(), (GptAttributes)record.U64());
            var name = Encoding.Unicode.GetString(record.Bytes(NameBytes));
            partitions.Add((i + 1, new GptPartition(type, id, first, last, name.Split('\0')[0], attributes)));
        }
        return partitions;
    }

    private static GptDisk CheckPositions(Content disk, GptDisk gpt)
    {
        var sectors = (ulong)(disk.Length / gpt.SectorSize);
        foreach (var (number, partition) in gpt.Partitions)
            if (partition.FirstLba > partition.LastLba || partition.LastLba >= sectors)
                throw Corrupt("IB2308", gpt.EntriesOffset + (number - 1) * (long)GptTable.EntrySize,
                    $"partition {number} has sectors {partition.FirstLba} to {partition.LastLba} of {gpt.SectorSize} bytes; the disk has {sectors}");
        return gpt;
    }

    private static bool HasSignature(Content disk, long at)
    {
        if (at > disk.Length - GptTable.HeaderSize)
            return false;
        Span<byte> start = stackalloc byte[8];
        disk.Read(at, start);
        return start.SequenceEqual("EFI PART"u8);
    }

    private static ImageException Corrupt(string id, long at, string what) => new(ImageErrorKind.Corrupt, id, $"GPT, byte {at}: {what}");
}
