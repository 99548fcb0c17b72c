namespace ImageBuilder.Formats.Iso9660;

/// <summary>
/// One directory hierarchy with its path tables, as one volume descriptor describes it. The data of files is shared by all hierarchies.
/// </summary>
internal sealed class Hierarchy
{
    /// <summary>A path table names a directory's parent in 16 bits (ECMA-119 9.4.4).</summary>
    private const int MaxDirectories = ushort.MaxValue;

    private readonly List<DirectoryExtent> directories = [];
    private readonly Dictionary<IsoInode, DirectoryExtent> byInode = [];
    private Block littleEndianTable;
    private Block bigEndianTable;

    /// <param name="origin">The block that this volume counts from: 0, or the start of the partition it is mounted as.</param>
    /// <exception cref="ImageException">IB2203: more than 65,535 directories.</exception>
    public Hierarchy(IsoInventory inventory, bool joliet, bool rockRidge, Block origin)
    {
        Joliet = joliet;
        Origin = origin;
        Add(new DirectoryExtent(null, DirectoryRecord.Dot, inventory.Root, inventory, joliet, rockRidge));
        for (var i = 0; i < directories.Count; i++) // breadth first: the order of path tables (ECMA-119 6.9.1)
            foreach (var record in directories[i].Subdirectories)
                Add(new DirectoryExtent(directories[i], record.Identifier, record.Inode, inventory, joliet, rockRidge));
        PathTableSize = (uint)directories.Sum(PathRecordSize);
    }

    public bool Joliet { get; }

    public Block Origin { get; }

    public DirectoryExtent Root => directories[0];

    /// <summary>Length of either path table in bytes.</summary>
    public uint PathTableSize { get; }

    /// <summary>Where the tables lie, as the volume counts: little-endian, big-endian.</summary>
    public (uint LittleEndian, uint BigEndian) PathTables => (littleEndianTable - Origin, bigEndianTable - Origin);

    /// <summary>Gives tables and directories their places from <paramref name="next"/> on.</summary>
    public void Place(ref Block next)
    {
        littleEndianTable = next;
        next += Block.CountFor(PathTableSize);
        bigEndianTable = next;
        next += Block.CountFor(PathTableSize);
        foreach (var directory in directories)
        {
            directory.Start = next;
            next += directory.Blocks;
        }
    }

    public void Write(SequentialWriter writer)
    {
        WritePathTable(writer, littleEndianTable, bigEndian: false);
        WritePathTable(writer, bigEndianTable, bigEndian: true);
        foreach (var directory in directories)
        {
            writer.At(directory.Start.Offset);
            writer.Write(directory.Write(byInode, Origin));
        }
    }

    private static int PathRecordSize(DirectoryExtent directory) => 8 + (directory.Identifier.Length + 1 & ~1);

    private void Add(DirectoryExtent directory)
    {
        if (directories.Count == MaxDirectories)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2203",
                $"ISO 9660 holds {MaxDirectories} directories; put large trees into a SquashFS image on the medium");
        directories.Add(directory);
        directory.Number = directories.Count;
        byInode.Add(directory.Inode, directory);
    }

    /// <summary>ECMA-119 9.4.</summary>
    private void WritePathTable(SequentialWriter writer, Block start, bool bigEndian)
    {
        writer.At(start.Offset);
        var table = new byte[PathTableSize];
        var record = new RecordWriter(table);
        foreach (var directory in directories)
        {
            record.U8(directory.Identifier.Length);
            record.U8(0); // extended attribute record: none
            var at = directory.Start - Origin;
            if (bigEndian)
            {
                record.U32BigEndian(at);
                record.U16BigEndian(directory.Parent.Number);
            }
            else
            {
                record.U32(at);
                record.U16(directory.Parent.Number);
            }
            record.Bytes(directory.Identifier);
            record.Zero(directory.Identifier.Length & 1);
        }
        record.End();
        writer.Write(table);
        writer.PadTo((start + Block.CountFor(PathTableSize)).Offset);
    }
}
