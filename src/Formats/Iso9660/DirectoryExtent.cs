namespace ImageBuilder.Formats.Iso9660;

/// <summary>
/// One directory in one hierarchy: its records, sorted, and behind them their continuation areas. Records never straddle blocks
/// (ECMA-119 6.8.1.1).
/// </summary>
internal sealed class DirectoryExtent
{
    private readonly SystemUse self;
    private readonly SystemUse up;
    private readonly List<DirectoryRecord> records;
    private readonly ContinuationSpace continuation = new();

    /// <param name="parent">Null for the root, which is its own parent.</param>
    /// <param name="identifier">Its identifier in the parent.</param>
    public DirectoryExtent(DirectoryExtent? parent, byte[] identifier, IsoInode inode, IsoInventory inventory, bool joliet, bool rockRidge)
    {
        Parent = parent ?? this;
        Identifier = identifier;
        Inode = inode;
        self = rockRidge ? DirectoryRecord.PlanDot(parent is null ? RockRidge.ForRoot(inode) : RockRidge.ForDots(inode), continuation) : SystemUse.None;
        up = rockRidge ? DirectoryRecord.PlanDot(RockRidge.ForDots(Parent.Inode), continuation) : SystemUse.None;
        var names = new IsoNames(joliet);
        records = [.. inode.Node.Children
            .Where(child => rockRidge || child.Value.Kind is Trees.NodeKind.File or Trees.NodeKind.Directory)
            .Select(child => (child.Key, Inode: inventory[child.Value], Identifier: names.Choose(child.Key, child.Value.IsDirectory)))
            .OrderBy(child => child.Identifier, StringComparer.Ordinal) // by name, then extension: the dot sorts before every d-character (ECMA-119 9.3)
            .Select(child => new DirectoryRecord(child.Inode, names.Encode(child.Identifier, child.Inode.Node.IsDirectory),
                rockRidge ? RockRidge.For(child.Key, child.Inode) : null, continuation))];
        RecordBlocks = Block.CountFor(SizeOfRecords());
    }

    public DirectoryExtent Parent { get; }

    public byte[] Identifier { get; }

    public IsoInode Inode { get; }

    /// <summary>Position in the path table, from 1; children come after their parents.</summary>
    public int Number { get; set; }

    /// <summary>First block.</summary>
    public Block Start { get; set; }

    /// <summary>Blocks of the records, which is what records state as a directory's length.</summary>
    public uint RecordBlocks { get; }

    /// <summary>Length of the records in bytes.</summary>
    public uint Size => RecordBlocks * Block.Size;

    /// <summary>Blocks with the continuation areas.</summary>
    public uint Blocks => RecordBlocks + continuation.Blocks;

    /// <summary>Subdirectories' records, in order.</summary>
    public IEnumerable<DirectoryRecord> Subdirectories => records.Where(record => record.Inode.Node.IsDirectory);

    /// <summary>The directory's blocks.</summary>
    /// <param name="directories">The hierarchy's directories by inode.</param>
    /// <param name="origin">Block that the volume counts from.</param>
    public byte[] Write(Dictionary<IsoInode, DirectoryExtent> directories, Block origin)
    {
        var bytes = new byte[checked((int)(Blocks * Block.Size))];
        var areas = new Block(Start - origin) + RecordBlocks;
        var position = 0;
        Put(DirectoryRecord.DotSize + self.InlineSize, DirectoryRecord.Dot, Inode, Place(this), self);
        Put(DirectoryRecord.DotSize + up.InlineSize, DirectoryRecord.DotDot, Parent.Inode, Place(Parent), up);
        foreach (var record in records)
            if (record.Inode.Node.IsDirectory)
                Put(record.Size, record.Identifier, record.Inode, Place(directories[record.Inode]), record.Use);
            else
                foreach (var (start, size, last) in record.Inode.Sections())
                    Put(record.Size, record.Identifier, record.Inode, (size == 0 ? default : new Block(start - origin), size), record.Use, last);
        var space = bytes.AsSpan((int)Size);
        foreach (var use in records.Select(record => record.Use).Prepend(up).Prepend(self))
            use.WriteAreas(space, areas);
        return bytes;

        (Block, uint) Place(DirectoryExtent directory) => (new Block(directory.Start - origin), directory.Size);

        void Put(int size, byte[] identifier, IsoInode inode, (Block, uint) place, SystemUse use, bool last = true)
        {
            position = PlaceRecord(position, size);
            DirectoryRecord.Write(bytes.AsSpan(position, size), identifier, inode, place, use, areas, last);
            position += size;
        }
    }

    private int SizeOfRecords()
    {
        var position = DirectoryRecord.DotSize + self.InlineSize + DirectoryRecord.DotSize + up.InlineSize;
        foreach (var record in records)
            for (var section = 0; section < record.Inode.SectionCount; section++)
                position = PlaceRecord(position, record.Size) + record.Size;
        return position;
    }

    /// <summary>Where a record goes: here, or in the next block when it would straddle.</summary>
    private static int PlaceRecord(int position, int size) =>
        position % Block.Size + size <= Block.Size ? position : (position / Block.Size + 1) * Block.Size;
}
