using ImageBuilder.Formats;
using ImageBuilder.Formats.Gpt;
using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.Update.Disks;

/// <summary>
/// The GPT of a disk in use, changed so that a cut at any sector leaves one whole copy: always the copy that is not relied on first, then a flush, then the
/// other (BOOT.md, disk facts). A kernel that is given `gpt` on its command line takes the backup when the primary is torn.
/// </summary>
internal sealed class DiskTable
{
    /// <summary>Partitions begin and end at multiples of this, in bytes.</summary>
    public const int Alignment = 1 << 20;

    private readonly IRawDevice disk;

    private DiskTable(IRawDevice disk, GptDisk gpt)
    {
        this.disk = disk;
        Gpt = gpt;
    }

    /// <summary>The table.</summary>
    public GptDisk Gpt { get; }

    /// <summary>Sectors of the disk.</summary>
    public ulong Sectors => (ulong)(disk.Length / Gpt.SectorSize);

    /// <summary>The backup is not at the disk's end, or does not say what the primary says.</summary>
    public bool IsBackupWrong => Gpt.BackupFault is not null || (Gpt.PrimaryFault is null && Gpt.AlternateLba != Sectors - 1);

    /// <summary>Reads the table.</summary>
    /// <exception cref="ImageException">IB6031: the disk has no GPT; IB2307 to IB2309: both copies are damaged; IB6030: it cannot be read.</exception>
    public static DiskTable Read(IRawDevice disk) =>
        DiskTables.Read(new DeviceContent(disk))?.Gpt is { } gpt ? new DiskTable(disk, gpt)
            : throw new ImageException(ImageErrorKind.Unsupported, "IB6031", "the disk has no GUID partition table");

    /// <summary>Writes the primary as the backup says, when it is damaged: the backup is all there is, and stays as it is.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public DiskTable Repair()
    {
        if (Gpt.PrimaryFault is null)
            return this;
        Put(Gpt.SectorSize, GptTable.LayoutNumbered(Gpt.OptionsFor(Sectors), Gpt.Partitions).WritePrimary());
        disk.Flush();
        return Read(disk);
    }

    /// <summary>Writes a table for the whole disk in place of this one, whose primary is sound.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    /// <exception cref="ImageException">IB2403 to IB2406: the partitions do not fit.</exception>
    public void Replace(Guid diskGuid, IReadOnlyList<(int Number, GptPartition Partition)> partitions)
    {
        var table = GptTable.LayoutNumbered(Gpt.OptionsFor(Sectors) with { DiskGuid = diskGuid }, partitions);
        Put((long)table.BackupLba * Gpt.SectorSize, table.WriteBackup());
        disk.Flush();
        Put(Gpt.SectorSize, table.WritePrimary());
        disk.Flush();
    }

    /// <summary>Lets the protective MBR cover the whole disk; true when it did not. One sector, whose boot code and other entries stay.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public bool Protect()
    {
        using var block = new AlignedBuffer(disk.BlockLength);
        disk.Read(0, block.Span);
        var protectedSector = Mbr.Protect(block.Span[..Mbr.Size], Sectors);
        if (block.Span.StartsWith(protectedSector))
            return false;
        protectedSector.CopyTo(block.Span);
        disk.Write(0, block.Span);
        disk.Flush();
        return true;
    }

    /// <summary>The last sector that a partition may have which ends at a multiple of <see cref="Alignment"/>.</summary>
    public ulong LastAligned
    {
        get
        {
            var sectors = (ulong)(Alignment / Gpt.SectorSize);
            return (Sectors - GptTable.BackupSectors(Gpt.SectorSize, Gpt.EntryCount)) / sectors * sectors - 1;
        }
    }

    private void Put(long offset, ReadOnlySpan<byte> bytes)
    {
        using var buffer = new AlignedBuffer(bytes.Length);
        bytes.CopyTo(buffer.Span);
        disk.Write(offset, buffer.Span);
    }
}
