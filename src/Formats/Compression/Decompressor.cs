using System.IO.Compression;

namespace ImageBuilder.Formats.Compression;

/// <summary>Decompresses streams of any length with bounded memory; the format is told by the first bytes, never by a name.</summary>
public static class Decompressor
{
    /// <summary>Bytes that are enough to tell the format.</summary>
    public const int MagicLength = 6;

    /// <summary>The format of data that begins with these bytes.</summary>
    public static CompressionFormat Recognise(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? CompressionFormat.Gzip // RFC 1952 section 2.3.1
        : start.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? CompressionFormat.Xz // xz-file-format.txt section 2.1.1.1
        : start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) ? CompressionFormat.Zstd // RFC 8878 section 3.1.1
        : CompressionFormat.None;

    /// <summary>A view of the decompressed bytes, to be read forwards. Concatenated members are read one after the other.</summary>
    /// <param name="format">How the input is compressed.</param>
    /// <param name="input">The compressed bytes; stays open.</param>
    /// <exception cref="ImageException">While reading, IB2101: the library is missing; IB2103: damaged or cut off; IB2104: needs more memory than allowed (1 GiB for xz, a window of 128 MiB for zstd).</exception>
    public static Stream Open(CompressionFormat format, Stream input) => format switch
    {
        CompressionFormat.Gzip => new GzipStream(input),
        CompressionFormat.Xz => new XzStream(input),
        CompressionFormat.Zstd => new ZstdStream(input),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "there is nothing to decompress"),
    };

    /// <summary>
    /// The framework's gzip with this library's errors. It takes data that is cut off for ended; the length that the trailer (RFC 1952 section
    /// 2.3.1, ISIZE) gives for the last member tells, as far as a number can.
    /// </summary>
    private sealed class GzipStream(Stream input) : ForwardStream
    {
        private readonly GZipStream inner = new(new Tail(input), CompressionMode.Decompress);
        private long total;

        public override int Read(Span<byte> buffer)
        {
            try
            {
                var count = inner.Read(buffer);
                total += count;
                if (count == 0 && !buffer.IsEmpty && ((Tail)inner.BaseStream).Last > (ulong)total)
                    throw new ImageException(ImageErrorKind.Corrupt, "IB2103", $"gzip data is cut off after {total} bytes of content");
                return count;
            }
            catch (InvalidDataException error)
            {
                throw new ImageException(ImageErrorKind.Corrupt, "IB2103", $"gzip data is damaged or cut off: {error.Message}", error);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>Remembers the last four bytes that were read.</summary>
    private sealed class Tail(Stream input) : ForwardStream
    {
        /// <summary>They as a little-endian number.</summary>
        public uint Last { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var count = input.Read(buffer);
            foreach (var value in buffer[Math.Max(0, count - sizeof(uint))..count])
                Last = Last >> 8 | (uint)value << 24;
            return count;
        }
    }
}
