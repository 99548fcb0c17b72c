using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

public sealed partial class SquashFsImage
{
    private InodeSurvey? survey;

    private InodeSurvey Survey => survey ??= new InodeSurvey(tables, inodes, superblock.RootInode, limits, CancellationToken.None);

    /// <summary>What the image says of itself, and how its parts share its bytes.</summary>
    public SquashFsDescription Describe()
    {
        var kinds = new SortedDictionary<NodeKind, int>();
        var content = 0L;
        foreach (var inode in Survey.Inodes)
        {
            kinds[inode.Kind] = kinds.GetValueOrDefault(inode.Kind) + 1;
            if (inode.Kind == NodeKind.File)
                content += Math.Min(inode.Length, long.MaxValue - content);
        }
        var parts = Parts();
        return new SquashFsDescription
        {
            Compressor = superblock.Compressor.ToString().ToLowerInvariant(),
            CompressorOptions = options.Values,
            BlockSize = superblock.BlockSize,
            Flags = [.. Enumerable.Range(0, 16).Select(bit => (SuperblockFlags)(1 << bit)).Where(flag => superblock.Flags.HasFlag(flag)).Select(NameOf)],
            ModificationTime = superblock.ModificationTime,
            Inodes = superblock.Inodes,
            InodesByKind = kinds,
            Fragments = superblock.Fragments,
            Ids = superblock.Ids,
            XattrSets = tables.XattrSets?.Count ?? 0,
            BytesUsed = superblock.BytesUsed,
            ImageLength = image.Length,
            ContentBytes = content,
            DataBytes = parts.Single(part => part.Name == DataPart).Length,
            Parts = parts,
        };
    }

    private const string DataPart = "data";

    private static string NameOf(SuperblockFlags flag) => flag switch
    {
        SuperblockFlags.UncompressedInodes => "uncompressed inodes",
        SuperblockFlags.UncompressedData => "uncompressed data",
        SuperblockFlags.Check => "check",
        SuperblockFlags.UncompressedFragments => "uncompressed fragments",
        SuperblockFlags.NoFragments => "no fragments",
        SuperblockFlags.TailsInFragments => "tails in fragments",
        SuperblockFlags.DuplicatesRemoved => "duplicates removed",
        SuperblockFlags.Exportable => "exportable",
        SuperblockFlags.UncompressedXattrs => "uncompressed xattrs",
        SuperblockFlags.NoXattrs => "no xattrs",
        SuperblockFlags.CompressorOptions => "compressor options",
        SuperblockFlags.UncompressedIds => "uncompressed ids",
        _ => $"unknown 0x{(int)flag:x4}",
    };

    /// <summary>The parts of the image in their order. Where they do not touch, <see cref="Check"/> says so.</summary>
    private List<SquashFsTable> Parts()
    {
        var dataStart = (long)Superblock.Size + options.Length;
        var parts = new List<SquashFsTable> { new("superblock", 0, Superblock.Size, Superblock.Size) };
        if (options.Length > 0)
            parts.Add(new("compressor options", Superblock.Size, options.Length, options.Length));
        parts.Add(new(DataPart, dataStart, superblock.InodeTable - dataStart, superblock.InodeTable - dataStart));
        Add(tables.Inodes);
        Add(tables.Directories);
        AddIndexed(tables.Fragments);
        AddIndexed(tables.Export);
        AddIndexed(tables.Ids);
        if (tables.XattrSets is { } sets)
        {
            Add(tables.Xattrs!);
            Add(sets.Table);
            var header = superblock.XattrTable!.Value;
            parts.Add(new("header and index of the table of xattr sets", header, sets.IndexEnd - header, sets.IndexEnd - header));
        }
        if (image.Length > superblock.BytesUsed)
            parts.Add(new("padding", superblock.BytesUsed, image.Length - superblock.BytesUsed, image.Length - superblock.BytesUsed));
        // All are in the order in which writers put them, which the format does not demand.
        return [.. parts.OrderBy(part => part.Offset).ThenBy(part => part.Length)];

        void Add(MetadataTable table) => parts.Add(new(table.Name, table.Start, table.End - table.Start, table.Length));

        void AddIndexed(IndexedTable? table)
        {
            if (table is null)
                return;
            Add(table.Table);
            parts.Add(new($"index of the {table.Table.Name}", table.IndexStart, table.IndexEnd - table.IndexStart, table.IndexEnd - table.IndexStart));
        }
    }
}
