using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Compression;

/// <summary>A decompressor's output in pieces, so that growing copies nothing; with a cap against decompression bombs.</summary>
internal sealed class ChunkedOutput(string format, long maxOutput) : IDecoderOutput
{
    private const int ChunkSize = 1 << 20;
    private readonly List<byte[]> chunks = [];
    private int used = ChunkSize;

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public Span<byte> Free
    {
        get
        {
            if (used == ChunkSize)
            {
                chunks.Add(new byte[ChunkSize]);
                used = 0;
            }
            return chunks[^1].AsSpan(used);
        }
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        used += count;
        Length += count;
        if (Length > maxOutput)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2104", $"{format} data decompresses to more than the {maxOutput} bytes allowed here");
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var free = Free;
            var count = Math.Min(free.Length, bytes.Length);
            bytes[..count].CopyTo(free);
            Advance(count);
            bytes = bytes[count..];
        }
    }

    /// <summary>Everything written; later writes do not change it.</summary>
    public Content ToContent() => new Chunks([.. chunks], Length);

    private sealed class Chunks(byte[][] chunks, long length) : Content
    {
        public override long Length => length;

        public override void Read(long offset, Span<byte> buffer)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(offset);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + buffer.Length, length, nameof(offset));
            while (!buffer.IsEmpty)
            {
                var part = chunks[offset / ChunkSize].AsSpan((int)(offset % ChunkSize));
                var count = Math.Min(part.Length, buffer.Length);
                part[..count].CopyTo(buffer);
                buffer = buffer[count..];
                offset += count;
            }
        }
    }
}
