namespace ImageBuilder.Formats.SquashFs;

/// <summary>The flags of the superblock (kernel: SQUASHFS_*_FLAG).</summary>
[Flags]
internal enum SuperblockFlags : ushort
{
    None = 0,
    UncompressedInodes = 1 << 0,
    UncompressedData = 1 << 1,
    Check = 1 << 2,
    UncompressedFragments = 1 << 3,
    NoFragments = 1 << 4,
    TailsInFragments = 1 << 5,
    DuplicatesRemoved = 1 << 6,
    Exportable = 1 << 7,
    UncompressedXattrs = 1 << 8,
    NoXattrs = 1 << 9,
    CompressorOptions = 1 << 10,
    UncompressedIds = 1 << 11,
}
