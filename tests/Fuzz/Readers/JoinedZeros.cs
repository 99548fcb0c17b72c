using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Fuzz.Tests.Readers;

/// <summary>Bytes with zeros behind them up to a length.</summary>
internal sealed class JoinedZeros(byte[] bytes, long length) : Content
{
    public override long Length => length;

    public override void Read(long offset, Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, length - buffer.Length);
        buffer.Clear();
        if (offset < bytes.Length)
            bytes.AsSpan((int)offset, (int)Math.Min(buffer.Length, bytes.Length - offset)).CopyTo(buffer);
    }
}
