using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>One inode of the image: a node of the tree with what planning and writing find out about it.</summary>
internal sealed class Inode(Node node, Inode? parent, EntryName name)
{
    /// <summary>Value of <see cref="XattrSet"/> for an inode without extended attributes.</summary>
    public const uint NoXattrs = uint.MaxValue;

    public Node Node { get; } = node;

    /// <summary>The directory of the first of its names; null for the root.</summary>
    public Inode? Parent { get; } = parent;

    /// <summary>1 to the number of inodes: in the order of the inode table, or as in the previous image.</summary>
    public uint Number { get; set; }

    /// <summary>Names that it has; for a directory, subdirectories + 2.</summary>
    public uint Links { get; set; } = node.IsDirectory ? 2u : 1u;

    /// <summary>Index into the id table.</summary>
    public ushort Uid { get; set; }

    /// <summary>Index into the id table.</summary>
    public ushort Gid { get; set; }

    /// <summary>Index of its set of extended attributes, or <see cref="NoXattrs"/>.</summary>
    public uint XattrSet { get; set; } = NoXattrs;

    /// <summary>Regular files that are not empty: where the content is. Equal files share one object.</summary>
    public FileData? Data { get; set; }

    /// <summary>Directories: entries in byte order of their names.</summary>
    public List<DirectoryEntry> Entries { get; } = [];

    /// <summary>Directories: where the listing is, once written.</summary>
    public DirectoryListing? Listing { get; set; }

    /// <summary>Where the inode is in the inode table, once written.</summary>
    public MetadataReference Reference { get; set; }

    /// <summary>The first of its names, from the root, for people.</summary>
    public string Path
    {
        get
        {
            var parts = new Stack<string>();
            for (var inode = this; inode.Parent is not null; inode = inode.Parent)
                parts.Push(inode.Name.ToString());
            return "/" + string.Join('/', parts);
        }
    }

    /// <summary>The last part of the first of its names; empty for the root.</summary>
    public EntryName Name { get; } = name;
}
