using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tar;

/// <summary>A file with holes: stored stretches, zeros between them.</summary>
internal sealed class SparseContent : Content
{
    /// <summary>As long as a file of ext4 may be (16 TiB): a header's claim of more is damage, not a file.</summary>
    private const long LongestFile = 16L << 40;
    private readonly Content stored;
    private readonly (long Offset, long Length, long StoredAt)[] map;

    private SparseContent(Content stored, (long, long, long)[] map, long length) => (this.stored, this.map, Length) = (stored, map, length);

    public override long Length { get; }

    /// <summary>Checks the map (ascending, within the real size and the stored data) and makes the content.</summary>
    public static SparseContent Create(Content stored, IReadOnlyList<(long Offset, long Length)> stretches, long realSize, Func<Exception> corrupt)
    {
        var map = new List<(long, long, long)>(stretches.Count);
        long end = 0, at = 0;
        foreach (var (offset, length) in stretches)
        {
            if (offset < end || length < 0 || length > stored.Length - at || offset > realSize - length)
                throw corrupt();
            if (length > 0)
                map.Add((offset, length, at));
            end = offset + length;
            at += length;
        }
        return realSize is < 0 or > LongestFile ? throw corrupt() : new SparseContent(stored, [.. map], realSize);
    }

    public override (long Start, long End) DataFrom(long offset)
    {
        var index = StretchAt(offset);
        if (index < map.Length && map[index].Offset + map[index].Length <= offset)
            index++;
        return index < map.Length ? (Math.Max(map[index].Offset, offset), map[index].Offset + map[index].Length) : (Length, Length);
    }

    /// <summary>The last stretch that begins at or before an offset; else the first.</summary>
    private int StretchAt(long offset) => Math.Max(0, ~Array.BinarySearch(map, (offset, long.MaxValue, long.MaxValue)) - 1);

    public override void Read(long offset, Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + buffer.Length, Length, nameof(offset));
        buffer.Clear();
        for (var index = StretchAt(offset); index < map.Length && map[index].Offset < offset + buffer.Length; index++)
        {
            var (start, length, storedAt) = map[index];
            var from = Math.Max(start, offset);
            var to = Math.Min(start + length, offset + buffer.Length);
            if (from < to)
                stored.Read(storedAt + from - start, buffer[(int)(from - offset)..(int)(to - offset)]);
        }
    }
}
