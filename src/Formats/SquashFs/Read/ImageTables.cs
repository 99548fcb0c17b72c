namespace ImageBuilder.Formats.SquashFs;

/// <summary>All tables of an image, read and decompressed.</summary>
internal sealed class ImageTables
{
    private const int FragmentRecord = 16;
    private const int ExportRecord = 8;
    private const int IdRecord = 4;
    private const int XattrSetRecord = 16;
    private const int XattrHeader = 16;

    /// <exception cref="ImageException">IB2122, IB2123: a table is damaged; IB2128: they need too much memory.</exception>
    public ImageTables(BlockReader reader, Superblock superblock, MemoryBudget budget)
    {
        Fragments = superblock.FragmentTable is { } fragments
            ? IndexedTable.Load(reader, budget, "fragment table", fragments, superblock.Fragments, FragmentRecord) : null;
        Export = superblock.ExportTable is { } export
            ? IndexedTable.Load(reader, budget, "export table", export, superblock.Inodes, ExportRecord) : null;
        Ids = IndexedTable.Load(reader, budget, "id table", superblock.IdTable, superblock.Ids, IdRecord);
        if (superblock.XattrTable is { } header)
        {
            Span<byte> bytes = stackalloc byte[XattrHeader];
            reader.Read(header, bytes, "the header of the xattr table");
            var record = new TableCursor(bytes);
            var (start, count) = (record.U64(), record.U32());
            XattrSets = IndexedTable.Load(reader, budget, "table of xattr sets", header + XattrHeader, count, XattrSetRecord, header);
            if (start < (ulong)superblock.DirectoryTable || start > (ulong)XattrSets.Table.Start)
                throw SquashFsError.Corrupt(SquashFsError.Table, header, $"the xattr lists are said to begin at byte {start}, which is not between the directory table and the table of xattr sets at byte {XattrSets.Table.Start}");
            Xattrs = MetadataTable.Load(reader, budget, "xattr lists", (long)start, XattrSets.Table.Start);
        }
        Inodes = MetadataTable.Load(reader, budget, "inode table", superblock.InodeTable, superblock.DirectoryTable);
        // The directory table ends where the next one begins, whichever that is.
        var end = new long?[] { Fragments?.Table.Start, Export?.Table.Start, Ids.Table.Start, Xattrs?.Start }.OfType<long>().Min();
        if (end < superblock.DirectoryTable)
            throw SquashFsError.Corrupt(SquashFsError.Table, superblock.DirectoryTable, $"the directory table begins here, behind a table that begins at byte {end}");
        Directories = MetadataTable.Load(reader, budget, "directory table", superblock.DirectoryTable, end);
    }

    /// <summary>Inodes one after the other.</summary>
    public MetadataTable Inodes { get; }

    /// <summary>Directory listings.</summary>
    public MetadataTable Directories { get; }

    /// <summary>Fragments: position (64 bits), size on disk (32), unused (32). Null without.</summary>
    public IndexedTable? Fragments { get; }

    /// <summary>The reference of each inode, by number. Null without.</summary>
    public IndexedTable? Export { get; }

    /// <summary>User and group ids.</summary>
    public IndexedTable Ids { get; }

    /// <summary>Sets of extended attributes: reference to a list (64 bits), number of entries (32), bytes they take in memory (32). Null without.</summary>
    public IndexedTable? XattrSets { get; }

    /// <summary>The lists of extended attributes. Null without.</summary>
    public MetadataTable? Xattrs { get; }

    /// <summary>Number of fragments.</summary>
    public uint FragmentCount => Fragments?.Count ?? 0;

    /// <summary>Where a fragment is; the index must be below <see cref="FragmentCount"/>.</summary>
    public (long At, DataBlockSize Size) Fragment(uint index)
    {
        var record = Fragments!.Record(index);
        var at = record.U64();
        return ((long)Math.Min(at, long.MaxValue), new DataBlockSize(record.U32()));
    }

    /// <summary>A user or group id; the index must be below the number of ids.</summary>
    public uint Id(uint index) => Ids.Record(index).U32();
}
