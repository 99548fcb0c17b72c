namespace ImageBuilder.Formats.Trees;

/// <summary>Parts of another content, one after the other: a file's sections or runs of clusters.</summary>
internal sealed class JoinedContent : Content
{
    private readonly Content whole;
    private readonly (long Start, long Length)[] parts;

    /// <summary>For each part, where it begins in this content.</summary>
    private readonly long[] positions;

    public JoinedContent(Content whole, IEnumerable<(long Start, long Length)> parts)
    {
        this.whole = whole;
        this.parts = [.. parts.Where(part => part.Length > 0)];
        positions = new long[this.parts.Length];
        for (var i = 0; i < positions.Length; i++)
        {
            positions[i] = Length;
            Length = checked(Length + this.parts[i].Length);
        }
    }

    public override long Length { get; }

    public override void Read(long offset, Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + buffer.Length, Length, nameof(offset));
        if (buffer.IsEmpty)
            return;
        var found = Array.BinarySearch(positions, offset);
        for (var i = found < 0 ? ~found - 1 : found; !buffer.IsEmpty; i++)
        {
            var inside = offset - positions[i];
            var count = (int)Math.Min(buffer.Length, parts[i].Length - inside);
            whole.Read(parts[i].Start + inside, buffer[..count]);
            buffer = buffer[count..];
            offset += count;
        }
    }
}
