namespace ImageBuilder.Formats.Gpt;

/// <summary>What decides a partition table, besides its partitions.</summary>
public sealed record GptOptions
{
    /// <summary>The disk's GUID.</summary>
    public required Guid DiskGuid { get; init; }

    /// <summary>Length of the disk in sectors.</summary>
    public required ulong TotalSectors { get; init; }

    /// <summary>Bytes per sector, 512 or 4096. A table made for one is invisible to a disk of the other.</summary>
    public int SectorSize { get; init; } = 512;

    /// <summary>Entries to make room for, 128 at least where UEFI's minimum of 16,384 bytes is to be kept.</summary>
    public int EntryCount { get; init; } = 128;

    /// <summary>
    /// First sector that partitions may use; null for the first after the table. More than that keeps the space between for others.
    /// </summary>
    public ulong? FirstUsableLba { get; init; }

    /// <summary>
    /// True for the invalid tables of isohybrid images, whose partitions lie over the table itself. Nothing about positions is checked.
    /// </summary>
    public bool AllowInvalidPositions { get; init; }
}
