namespace ImageBuilder.Formats.Trees;

/// <summary>A part of another content.</summary>
internal sealed class ContentSlice(Content whole, long start, long length) : Content
{
    public override long Length => length;

    public override void Read(long offset, Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + buffer.Length, length, nameof(offset));
        whole.Read(start + offset, buffer);
    }
}
