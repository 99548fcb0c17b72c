namespace ImageBuilder.Formats.SquashFs;

/// <summary>A table of metadata blocks, decompressed: one run of bytes in which records may straddle blocks.</summary>
internal sealed class MetadataTable
{
    private readonly byte[] bytes;
    private readonly List<(long At, int Position)> blocks;

    private MetadataTable(string name, long start, long end, byte[] bytes, int length, List<(long, int)> blocks) =>
        (Name, Start, End, this.bytes, Length, this.blocks) = (name, start, end, bytes, length, blocks);

    /// <summary>The table's name in errors: "inode table".</summary>
    public string Name { get; }

    /// <summary>Its first byte in the image.</summary>
    public long Start { get; }

    /// <summary>The byte behind it in the image.</summary>
    public long End { get; }

    /// <summary>Uncompressed bytes.</summary>
    public int Length { get; }

    /// <summary>The table's bytes.</summary>
    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, Length);

    /// <summary>Each block: where it is in the image and where its bytes begin in <see cref="Bytes"/>.</summary>
    public IReadOnlyList<(long At, int Position)> Blocks => blocks;

    /// <summary>Reads and decompresses the blocks that fill the image from <paramref name="start"/> to <paramref name="end"/> without gaps.</summary>
    /// <exception cref="ImageException">IB2123: a block is damaged; IB2128: the table is too large.</exception>
    public static MetadataTable Load(BlockReader reader, MemoryBudget budget, string name, long start, long end)
    {
        const int perBlock = MetadataBlock.Size + 16;
        var blocks = new List<(long At, int Position)>();
        for (var at = start; at < end; at += reader.MetadataLength(at, end, name))
        {
            budget.Charge(perBlock, at, $"the {name}");
            blocks.Add((at, 0));
        }
        if ((long)blocks.Count * MetadataBlock.Size > Array.MaxLength)
            throw SquashFsError.TooMuch(start, $"the {name} has {blocks.Count} blocks; more than 2 GiB are not read");
        var bytes = new byte[blocks.Count * MetadataBlock.Size];
        var length = 0;
        for (var i = 0; i < blocks.Count; i++)
        {
            var at = blocks[i].At;
            blocks[i] = (at, length);
            var next = i + 1 < blocks.Count ? blocks[i + 1].At : end;
            length += reader.ReadMetadata(at, (int)(next - at), bytes.AsSpan(length), name);
        }
        return new MetadataTable(name, start, end, bytes, length, blocks);
    }

    /// <summary>An empty table.</summary>
    public static MetadataTable Empty(string name, long at) => new(name, at, at, [], 0, []);

    /// <summary>A part of the bytes that outlives the call.</summary>
    public ReadOnlyMemory<byte> Slice(int position, int length) => bytes.AsMemory(position, length);

    /// <summary>Where in <see cref="Bytes"/> a reference leads; -1 when it leads to no block's bytes.</summary>
    public int Find(MetadataReference reference)
    {
        var index = IndexOf(Start + reference.Block);
        if (index < 0 || reference.Offset >= BlockEnd(index) - blocks[index].Position)
            return -1;
        return blocks[index].Position + reference.Offset;
    }

    /// <summary>The reference that leads to a position in <see cref="Bytes"/>.</summary>
    public MetadataReference ReferenceTo(int position)
    {
        var block = blocks[BlockAt(position)];
        return new MetadataReference((uint)(block.At - Start), (ushort)(position - block.Position));
    }

    /// <summary>The block that holds a position of <see cref="Bytes"/>, as an index into <see cref="Blocks"/>.</summary>
    public int BlockAt(int position)
    {
        var (low, high) = (0, blocks.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = blocks[middle].Position <= position ? (middle, high) : (low, middle - 1);
        }
        return low;
    }

    /// <summary>Damage at a position of <see cref="Bytes"/>; names the block on disk and the byte in it.</summary>
    public ImageException Corrupt(string id, int position, string what)
    {
        if (blocks.Count == 0)
            return SquashFsError.Corrupt(id, Start, $"{Name}: {what}");
        var (at, first) = blocks[BlockAt(position)];
        return SquashFsError.Corrupt(id, at, $"{Name}, byte {position - first} of this metadata block: {what}");
    }

    /// <summary>The end of a block's bytes in <see cref="Bytes"/>.</summary>
    public int BlockEnd(int index) => index + 1 < blocks.Count ? blocks[index + 1].Position : Length;

    /// <summary>The block that begins at a byte of the image; negative when none does.</summary>
    public int IndexOf(long at)
    {
        var (low, high) = (0, blocks.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (blocks[middle].At == at)
                return middle;
            (low, high) = blocks[middle].At < at ? (middle + 1, high) : (low, middle - 1);
        }
        return -1;
    }
}
