namespace ImageBuilder.Formats.SquashFs;

/// <summary>The compressors by their number in the superblock (kernel: *_COMPRESSION).</summary>
internal enum CompressorId : ushort
{
    Gzip = 1,
    Lzma = 2,
    Lzo = 3,
    Xz = 4,
    Lz4 = 5,
    Zstd = 6,
}
