using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Iso9660;

/// <summary>Zeros, with one byte 0xA5 at each of some offsets: a file of any length that takes no memory.</summary>
internal sealed class MarkedContent(long length, params long[] marks) : Content
{
    public override long Length => length;

    public override void Read(long offset, Span<byte> buffer)
    {
        buffer.Clear();
        foreach (var mark in marks)
            if (mark >= offset && mark < offset + buffer.Length)
                buffer[(int)(mark - offset)] = 0xA5;
    }
}
