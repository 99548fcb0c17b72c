using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>Another content with some of its bytes replaced.</summary>
internal sealed class PatchedContent(Content original, IReadOnlyList<(long Offset, byte[] Bytes)> patches) : Content
{
    public override long Length => original.Length;

    public override void Read(long offset, Span<byte> buffer)
    {
        original.Read(offset, buffer);
        foreach (var (at, bytes) in patches)
        {
            var from = Math.Max(offset, at);
            var to = Math.Min(offset + buffer.Length, at + bytes.Length);
            if (from < to)
                bytes.AsSpan((int)(from - at), (int)(to - from)).CopyTo(buffer[(int)(from - offset)..]);
        }
    }
}
