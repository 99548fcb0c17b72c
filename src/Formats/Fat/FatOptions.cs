namespace ImageBuilder.Formats.Fat;

/// <summary>What decides a FAT file system, besides its files.</summary>
public sealed record FatOptions
{
    /// <summary>Volume label: up to 11 ASCII characters, written in upper case; "" for none.</summary>
    public string VolumeLabel { get; init; } = "";

    /// <summary>Serial number; Linux shows it as the file system's UUID, XXXX-XXXX.</summary>
    public required uint VolumeId { get; init; }

    /// <summary>Length of the image in bytes, a multiple of the sector size; null for the smallest that fits.</summary>
    public long? Size { get; init; }

    /// <summary>Bytes per sector: 512, 1024, 2048 or 4096; must be the sector size of the disk the image will lie on.</summary>
    public int SectorSize { get; init; } = 512;

    /// <summary>Bytes per cluster, a power of two from one sector to 32 KiB; null to choose.</summary>
    public int? ClusterSize { get; init; }

    /// <summary>FAT12, FAT16 or FAT32; null to choose by size.</summary>
    public FatType? Type { get; init; }

    /// <summary>Room in the root directory of FAT12 and FAT16, in 32-byte entries; a long name takes up to 21.</summary>
    public int RootEntries { get; init; } = 512;

    /// <summary>Sectors on the disk before this file system ("hidden sectors"): the start of its partition.</summary>
    public uint HiddenSectors { get; init; }

    /// <summary>Time of the volume label and of directories' own entries; files carry theirs. Written as UTC.</summary>
    public required DateTimeOffset Time { get; init; }
}
