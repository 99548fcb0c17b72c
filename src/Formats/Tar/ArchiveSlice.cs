using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tar;

/// <summary>A part of another content.</summary>
internal sealed class ArchiveSlice(Content whole, long start, long length) : Content
{
    public override long Length => length;

    public override void Read(long offset, Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + buffer.Length, length, nameof(offset));
        whole.Read(start + offset, buffer);
    }
}
