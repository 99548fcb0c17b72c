using System.IO.Compression;

namespace ImageBuilder.Formats.Compression;

/// <summary>Blocks as zlib streams (RFC 1950) by the framework's zlib.</summary>
internal sealed unsafe class ZlibBlockDecompressor : BlockDecompressor
{
    public override int Decompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        fixed (byte* from = source)
        {
            using var memory = new UnmanagedMemoryStream(from, source.Length);
            using var stream = new ZLibStream(memory, CompressionMode.Decompress);
            try
            {
                var length = stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
                // The end of the stream, where the checksum is, is only looked at by reading on.
                return length < destination.Length || stream.ReadByte() < 0 ? length : throw Damaged("zlib", source.Length, $"it is longer than {destination.Length} bytes");
            }
            catch (InvalidDataException error)
            {
                throw Damaged("zlib", source.Length, error.Message);
            }
        }
    }

    public override void Dispose()
    {
        // Nothing is kept.
    }
}
