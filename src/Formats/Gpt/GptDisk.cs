namespace ImageBuilder.Formats.Gpt;

/// <summary>A GUID partition table as read from one of its two copies.</summary>
public sealed record GptDisk
{
    /// <summary>Bytes per sector: what the positions count.</summary>
    public required int SectorSize { get; init; }

    /// <summary>The disk's own GUID.</summary>
    public required Guid DiskGuid { get; init; }

    /// <summary>First sector that partitions may use.</summary>
    public required ulong FirstUsableLba { get; init; }

    /// <summary>Last sector that partitions may use.</summary>
    public required ulong LastUsableLba { get; init; }

    /// <summary>Room for so many partitions.</summary>
    public required int EntryCount { get; init; }

    /// <summary>Where the other copy's header is said to lie.</summary>
    public required ulong AlternateLba { get; init; }

    /// <summary>Entries in use, by number from 1.</summary>
    public required IReadOnlyList<(int Number, GptPartition Partition)> Partitions { get; init; }

    /// <summary>What is wrong with the primary copy, which then was not used; null when it is sound.</summary>
    public string? PrimaryFault { get; init; }

    /// <summary>What is wrong with the backup; null when it is sound and says the same.</summary>
    public string? BackupFault { get; init; }

    /// <summary>Where this copy's header lies, in bytes.</summary>
    internal long HeaderOffset { get; init; }

    /// <summary>Where its entries lie, in bytes.</summary>
    internal long EntriesOffset { get; init; }

    /// <summary>Length of its entries, in bytes.</summary>
    internal int EntriesLength { get; init; }

    /// <summary>Where the other copy lies when it is sound: header, entries, in bytes.</summary>
    internal (long Header, long Entries)? Backup { get; init; }

    /// <summary>The options of a table like this one on a disk of some length.</summary>
    /// <param name="totalSectors">Length of the disk in sectors.</param>
    public GptOptions OptionsFor(ulong totalSectors) =>
        new() { DiskGuid = DiskGuid, TotalSectors = totalSectors, SectorSize = SectorSize, EntryCount = EntryCount, FirstUsableLba = FirstUsableLba };
}
