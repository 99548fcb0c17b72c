using ImageBuilder.Formats.Compression.Interop;

namespace ImageBuilder.Formats.Compression;

/// <summary>Blocks in the LZ4 block format, without a frame.</summary>
internal sealed unsafe class Lz4BlockDecompressor : BlockDecompressor
{
    public Lz4BlockDecompressor() => SharedLibrary.Require(LibLz4.Library, LibLz4.Package);

    public override int Decompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        fixed (byte* from = source, to = destination)
        {
            var length = LibLz4.LZ4_decompress_safe(from, to, source.Length, destination.Length);
            return length >= 0 ? length : throw Damaged("LZ4", source.Length, $"near byte {-(long)length - 1}");
        }
    }

    public override void Dispose()
    {
        // Nothing is kept.
    }
}
