namespace ImageBuilder.Formats.Iso9660;

/// <summary>
/// The SUSP entries of one directory record: those that fit it, and continuation areas for the rest (SUSP 1.12, 5.1). An area lies
/// within one block, as Linux demands; when more is left than a block holds, the areas form a chain.
/// </summary>
internal sealed class SystemUse
{
    /// <summary>Length of a CE entry.</summary>
    public const int ContinuationSize = 28;

    private readonly List<byte[]> inline = [];
    private readonly List<Area> areas = [];

    private SystemUse()
    {
    }

    /// <summary>No entries: a tree without Rock Ridge.</summary>
    public static SystemUse None { get; } = new();

    /// <summary>Bytes in the directory record.</summary>
    public int InlineSize => inline.Sum(entry => entry.Length) + (areas.Count > 0 ? ContinuationSize : 0);

    /// <summary>Distributes the entries, in order.</summary>
    /// <param name="room">Bytes that the directory record has for them.</param>
    public static SystemUse Plan(IReadOnlyList<byte[]> entries, int room, ContinuationSpace space)
    {
        var use = new SystemUse();
        var taken = 0;
        Take(use.inline, room);
        while (taken < entries.Count)
        {
            var left = Left();
            var (position, size) = space.Reserve(left, entries[taken].Length + ContinuationSize);
            var area = new Area(position, []);
            Take(area.Entries, size);
            use.areas.Add(area);
            space.Commit(area.Size + (taken < entries.Count ? ContinuationSize : 0));
        }
        return use;

        int Left() => entries.Skip(taken).Sum(entry => entry.Length);

        void Take(List<byte[]> target, int size)
        {
            var limit = Left() <= size ? size : size - ContinuationSize;
            for (var filled = 0; taken < entries.Count && filled + entries[taken].Length <= limit; taken++)
            {
                filled += entries[taken].Length;
                target.Add(entries[taken]);
            }
        }
    }

    /// <summary>Writes the part in the directory record.</summary>
    /// <param name="start">First block of the directory's continuation space, as the volume counts.</param>
    public void WriteInline(ref RecordWriter record, Block start)
    {
        foreach (var entry in inline)
            record.Bytes(entry);
        if (areas.Count > 0)
            WriteContinuation(ref record, 0, start);
    }

    /// <summary>Writes the continuation areas.</summary>
    /// <param name="space">The directory's whole continuation space.</param>
    /// <param name="start">Its first block, as the volume counts.</param>
    public void WriteAreas(Span<byte> space, Block start)
    {
        for (var i = 0; i < areas.Count; i++)
        {
            var record = new RecordWriter(space.Slice(areas[i].Position, SizeOf(i)));
            foreach (var entry in areas[i].Entries)
                record.Bytes(entry);
            if (i + 1 < areas.Count)
                WriteContinuation(ref record, i + 1, start);
            record.End();
        }
    }

    private int SizeOf(int area) => areas[area].Size + (area + 1 < areas.Count ? ContinuationSize : 0);

    private void WriteContinuation(ref RecordWriter record, int area, Block start)
    {
        record.Bytes("CE"u8);
        record.U8(ContinuationSize);
        record.U8(1);
        record.Both32((start + (uint)(areas[area].Position / Block.Size)).Number);
        record.Both32((uint)(areas[area].Position % Block.Size));
        record.Both32((uint)SizeOf(area));
    }

    /// <param name="Position">Byte offset in the directory's continuation space.</param>
    private sealed record Area(int Position, List<byte[]> Entries)
    {
        public int Size => Entries.Sum(entry => entry.Length);
    }
}
