namespace ImageBuilder.Formats.SquashFs;

/// <summary>The flags of the superblock (kernel: SQUASHFS_*_FLAG).</summary>
[Flags]
internal enum SuperblockFlags : ushort
{
    None = 0,
    UncompressedInodes = 1 << 0,
    UncompressedData = 1 << 1,
    UncompressedFragments = 1 << 3,
    TailsInFragments = 1 << 5,
    DuplicatesRemoved = 1 << 6,
    Exportable = 1 << 7,
    UncompressedXattrs = 1 << 8,
    CompressorOptions = 1 << 10,
    UncompressedIds = 1 << 11,
}
