using ImageBuilder.Formats.Compression.Interop;

namespace ImageBuilder.Formats.Compression;

/// <summary>Blocks as Zstandard frames.</summary>
internal sealed unsafe class ZstdBlockCompressor : BlockCompressor
{
    private readonly int level;
    private readonly LibZstd.CompressionContext context;

    public ZstdBlockCompressor(int level)
    {
        SharedLibrary.Require(LibZstd.Library, LibZstd.Package);
        this.level = level;
        context = LibZstd.ZSTD_createCCtx();
    }

    public override int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        fixed (byte* from = source, to = destination)
        {
            var length = LibZstd.ZSTD_compressCCtx(context, to, (nuint)destination.Length, from, (nuint)source.Length, level);
            if (LibZstd.ZSTD_isError(length) == 0)
                return (int)length;
            if (LibZstd.ZSTD_getErrorCode(length) == LibZstd.ErrorDestinationTooSmall)
                return 0;
            throw Failed("libzstd", source.Length, LibZstd.ErrorName(length));
        }
    }

    public override void Dispose() => context.Dispose();
}
