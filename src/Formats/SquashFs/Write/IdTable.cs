namespace ImageBuilder.Formats.SquashFs;

/// <summary>The numeric owners and groups; inodes hold 16-bit indexes into this table.</summary>
internal sealed class IdTable
{
    /// <summary>The most different ids that an image can hold: the superblock counts them in 16 bits.</summary>
    public const int MaxCount = ushort.MaxValue;

    private readonly Dictionary<uint, ushort> indexes = [];
    private readonly List<uint> ids = [];

    /// <summary>Number of ids.</summary>
    public ushort Count => (ushort)ids.Count;

    /// <summary>The index of an id, which is added when it is new.</summary>
    /// <exception cref="ImageException">IB2112: one id too many.</exception>
    public ushort Add(uint id)
    {
        if (indexes.TryGetValue(id, out var index))
            return index;
        if (ids.Count == MaxCount)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2112",
                $"the tree has more than {MaxCount} different user and group ids, the most that SquashFS can hold");
        ids.Add(id);
        return indexes[id] = (ushort)(ids.Count - 1);
    }

    /// <summary>Appends the table to an image; returns the position of its index, which the superblock points to.</summary>
    public long Write(Stream image, MetadataWriter table)
    {
        var record = new RecordBuffer();
        foreach (var id in ids)
            record.U32(id);
        table.Write(record.Written);
        return image.AppendIndexed(table);
    }
}
