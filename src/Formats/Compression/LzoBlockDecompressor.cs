using ImageBuilder.Formats.Compression.Interop;

namespace ImageBuilder.Formats.Compression;

/// <summary>Blocks in the LZO1X format, without a header.</summary>
internal sealed unsafe class LzoBlockDecompressor : BlockDecompressor
{
    public LzoBlockDecompressor() => SharedLibrary.Require(LibLzo.Library, LibLzo.Package);

    public override int Decompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        fixed (byte* from = source, to = destination)
        {
            var length = (nuint)destination.Length;
            var status = LibLzo.lzo1x_decompress_safe(from, (nuint)source.Length, to, &length, null);
            return status == 0 ? (int)length : throw Damaged("LZO", source.Length, $"error {status} of liblzo2");
        }
    }

    public override void Dispose()
    {
        // Nothing is kept.
    }
}
