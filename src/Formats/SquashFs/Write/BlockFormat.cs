using System.Text;
using ImageBuilder.Formats.Compression;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>The compressor of an image with its validated settings: what the superblock says of it, and the objects that do the work.</summary>
internal sealed class BlockFormat
{
    private const int GzipDefaultLevel = 9;
    private const int XzDefaultPreset = 6;
    private const int ZstdDefaultLevel = 15;
    private const ushort GzipWindowBits = 15;
    private const ushort GzipDefaultStrategy = 0;
    private const uint Lz4LegacyFormat = 1;
    private const uint Lz4HighCompression = 1;

    private readonly SquashFsCompression compression;
    private readonly int level;
    private readonly int blockSize;

    /// <exception cref="ImageException">IB2110: the level is out of the compressor's range; IB2111: a block size SquashFS does not have.</exception>
    public BlockFormat(SquashFsOptions options)
    {
        blockSize = options.BlockSize;
        if (!int.IsPow2(blockSize) || blockSize is < SquashFsOptions.MinBlockSize or > SquashFsOptions.MaxBlockSize)
            throw new ImageException(ImageErrorKind.Unsupported, "IB2111",
                $"a SquashFS block size of {blockSize} bytes is not possible; it is a power of two from {SquashFsOptions.MinBlockSize} to {SquashFsOptions.MaxBlockSize}");
        compression = options.Compression;
        Cache = compression == SquashFsCompression.None ? null : options.Cache;
        var (id, lowest, highest, usual) = compression switch
        {
            SquashFsCompression.None => (CompressorId.Gzip, 0, 0, 0),
            SquashFsCompression.Gzip => (CompressorId.Gzip, 1, 9, GzipDefaultLevel),
            SquashFsCompression.Xz => (CompressorId.Xz, 0, 9, XzDefaultPreset),
            SquashFsCompression.Lz4 => (CompressorId.Lz4, Lz4BlockCompressor.FastLevel, 12, Lz4BlockCompressor.FastLevel),
            SquashFsCompression.Zstd => (CompressorId.Zstd, Zstd.MinLevel, Zstd.MaxLevel, ZstdDefaultLevel),
            _ => throw new ArgumentOutOfRangeException(nameof(options), compression, "not a compressor"),
        };
        Id = id;
        level = options.Level ?? usual;
        if (level < lowest || level > highest)
            throw new ImageException(ImageErrorKind.Unsupported, "IB2110",
                $"{compression.ToString().ToLowerInvariant()} has no level {level}; " + (highest == 0 ? "it takes none" : $"it has {lowest} to {highest}"));
    }

    /// <summary>The compressor's number in the superblock. Images that are not compressed name gzip, which every kernel has.</summary>
    public CompressorId Id { get; }

    /// <summary>Flags that belong to the compressor.</summary>
    public SuperblockFlags Flags => compression == SquashFsCompression.None
        ? SuperblockFlags.UncompressedInodes | SuperblockFlags.UncompressedData | SuperblockFlags.UncompressedFragments
            | SuperblockFlags.UncompressedXattrs | SuperblockFlags.UncompressedIds
        : Options().Length > 0 ? SuperblockFlags.CompressorOptions : SuperblockFlags.None;

    /// <summary>The compressor options behind the superblock; empty where the defaults hold. LZ4 always has them.</summary>
    public byte[] Options()
    {
        var record = new RecordBuffer();
        switch (compression)
        {
            case SquashFsCompression.Gzip when level != GzipDefaultLevel:
                record.U32((uint)level);
                record.U16(GzipWindowBits);
                record.U16(GzipDefaultStrategy);
                break;
            case SquashFsCompression.Lz4:
                record.U32(Lz4LegacyFormat);
                record.U32(level == Lz4BlockCompressor.FastLevel ? 0 : Lz4HighCompression);
                break;
            case SquashFsCompression.Zstd when level != ZstdDefaultLevel:
                record.U32((uint)level);
                break;
        }
        return record.Written.IsEmpty ? [] : MetadataWriter.RawBlock(record.Written);
    }

    /// <summary>A compressor for data blocks and fragments, for one thread; null stores them as they are.</summary>
    public BlockCompressor? ForData() => Compressor(blockSize);

    /// <summary>A compressor for metadata blocks, for one thread; null stores them as they are.</summary>
    /// <remarks>Where little has changed most of them are known, too: positions in the image stay the same up to the first change.</remarks>
    public BlockCompressor? ForMetadata()
    {
        var compressor = Compressor(MetadataBlock.Size);
        return compressor is not null && Cache is not null ? new CachingBlockCompressor(compressor, CacheIdOf("metadata", MetadataBlock.Size), Cache) : compressor;
    }

    /// <summary>Compressed blocks of earlier runs; null for none, and where nothing is compressed.</summary>
    public IBlockCache? Cache { get; }

    /// <summary>All that decides, besides its content, what a data block is compressed to. The framework brings its own zlib.</summary>
    public byte[] CacheId => CacheIdOf("digests", blockSize);

    private byte[] CacheIdOf(string kind, int largestInput) => Encoding.UTF8.GetBytes($"{kind} {compression} {level} {largestInput} " + compression switch
    {
        SquashFsCompression.Xz => $"{Xz.Version} {XzBlockCompressor.Variant}",
        SquashFsCompression.Lz4 => Lz4.Version,
        SquashFsCompression.Zstd => Zstd.Version,
        _ => Environment.Version.ToString(),
    } + "\n");

    private BlockCompressor? Compressor(int largestInput) => compression switch
    {
        SquashFsCompression.Gzip => new ZlibBlockCompressor(level),
        SquashFsCompression.Xz => new XzBlockCompressor(level, largestInput),
        SquashFsCompression.Lz4 => new Lz4BlockCompressor(level),
        SquashFsCompression.Zstd => new ZstdBlockCompressor(level),
        _ => null,
    };
}
