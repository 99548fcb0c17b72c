using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs.Read;

/// <summary>
/// Takes a valid image apart, lets a test change its tables uncompressed, and puts it together again with tables compressed and found
/// by their indexes as before: damage that no checksum of a compressor betrays. References stay true as long as a table has one block.
/// </summary>
internal sealed class ImageEditor
{
    private readonly SquashFsCompression compression;

    public ImageEditor(Tree tree, SquashFsCompression compression = SquashFsCompression.Zstd, bool packTails = false)
    {
        this.compression = compression;
        using var image = new Image(tree, Image.Fast with { Compression = compression, PackTails = packTails });
        var content = Content.From(image.Bytes);
        Superblock = Formats.SquashFs.Superblock.Read(content);
        var tables = new ImageTables(new BlockReader(content, Superblock), Superblock, new MemoryBudget(1 << 30));
        Data = image.Bytes[..(int)Superblock.InodeTable];
        Inodes = tables.Inodes.Bytes.ToArray();
        Directories = tables.Directories.Bytes.ToArray();
        Fragments = tables.Fragments!.Table.Bytes.ToArray();
        Export = tables.Export!.Table.Bytes.ToArray();
        Ids = tables.Ids.Table.Bytes.ToArray();
        XattrLists = tables.Xattrs?.Bytes.ToArray() ?? [];
        XattrSets = tables.XattrSets?.Table.Bytes.ToArray() ?? [];
        var reader = new InodeReader(tables, Superblock);
        for (var position = 0; position < Inodes.Length; position = Positions[^1].End)
            Positions.Add(reader.Read(position));
    }

    /// <summary>The superblock to write; positions of tables are found anew.</summary>
    public Superblock Superblock { get; set; }

    /// <summary>Superblock, options and data as they were.</summary>
    public byte[] Data { get; set; }

    public byte[] Inodes { get; set; }

    public byte[] Directories { get; set; }

    public byte[] Fragments { get; set; }

    public byte[] Export { get; set; }

    public byte[] Ids { get; set; }

    public byte[] XattrLists { get; set; }

    public byte[] XattrSets { get; set; }

    /// <summary>Sets of attributes as the table's header counts them; null for as many as there are.</summary>
    public uint? XattrCount { get; set; }

    /// <summary>Every inode as it was.</summary>
    public List<InodeRecord> Positions { get; } = [];

    /// <summary>The tables, for mutations.</summary>
    public IReadOnlyList<byte[]> Tables => [Inodes, Directories, Fragments, Export, Ids, XattrLists, XattrSets];

    /// <summary>The first inode of a kind.</summary>
    public InodeRecord First(NodeKind kind) => Positions.First(inode => inode.Kind == kind);

    /// <summary>Where a name stands in the directory table; its entry's header of 8 bytes is before it.</summary>
    public int NameOf(string name) => Directories.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(name)) is >= 0 and var at ? at : throw new InvalidOperationException(name);

    /// <summary>The image.</summary>
    public byte[] Build()
    {
        using var compressor = new BlockFormat(new SquashFsOptions { Compression = compression }).ForMetadata();
        var image = new MemoryStream();
        image.Write(Data);
        var inodes = image.Append(Table(Inodes));
        var directories = image.Append(Table(Directories));
        var fragments = image.AppendIndexed(Table(Fragments));
        var export = image.AppendIndexed(Table(Export));
        var ids = image.AppendIndexed(Table(Ids));
        long? xattrs = XattrSets.Length > 0 ? AppendXattrs() : null;
        var used = image.Position;
        image.Write(new byte[(4096 - (used % 4096)) % 4096]);
        image.Position = 0;
        image.Write((Superblock with
        {
            InodeTable = inodes,
            DirectoryTable = directories,
            FragmentTable = fragments,
            ExportTable = export,
            IdTable = ids,
            XattrTable = xattrs,
            BytesUsed = used,
        }).ToBytes());
        return image.ToArray();

        MetadataWriter Table(byte[] records)
        {
            var table = new MetadataWriter(compressor);
            table.Write(records);
            return table;
        }

        long AppendXattrs()
        {
            var lists = image.Append(Table(XattrLists));
            var sets = Table(XattrSets);
            var start = image.Append(sets);
            var header = image.Position;
            var record = new RecordBuffer();
            record.U64((ulong)lists);
            record.U32(XattrCount ?? (uint)(XattrSets.Length / 16));
            record.U32(0);
            image.Write(record.Written);
            sets.WriteIndex(image, start);
            return header;
        }
    }
}
