using ImageBuilder.Formats.Compression.Interop;

namespace ImageBuilder.Formats.Compression;

/// <summary>Blocks as Zstandard frames.</summary>
internal sealed unsafe class ZstdBlockDecompressor : BlockDecompressor
{
    private readonly LibZstd.DecompressionContext context;

    public ZstdBlockDecompressor()
    {
        SharedLibrary.Require(LibZstd.Library, LibZstd.Package);
        context = LibZstd.ZSTD_createDCtx();
    }

    public override int Decompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        fixed (byte* from = source, to = destination)
        {
            var length = LibZstd.ZSTD_decompressDCtx(context, to, (nuint)destination.Length, from, (nuint)source.Length);
            return LibZstd.ZSTD_isError(length) == 0 ? (int)length : throw Damaged("zstd", source.Length, LibZstd.ErrorName(length));
        }
    }

    public override void Dispose() => context.Dispose();
}
