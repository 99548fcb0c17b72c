using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>Every node of a tree once, numbered in the order of the first name.</summary>
internal sealed class IsoInventory
{
    private readonly Dictionary<Node, IsoInode> inodes = new(ReferenceEqualityComparer.Instance);
    private readonly List<IsoInode> ordered = [];

    /// <summary>Checks that the format can say what the tree holds, and numbers it.</summary>
    /// <exception cref="ImageException">IB2205: needs Rock Ridge; IB2206: extended attributes; IB2210: an impossible device number.</exception>
    public IsoInventory(Tree tree, bool rockRidge)
    {
        Root = Add(tree.Root, "/", rockRidge);
        Root.Links = 2;
        foreach (var (path, node) in tree.Walk())
        {
            var inode = inodes.TryGetValue(node, out var known) ? known : Add(node, path, rockRidge);
            inode.Links++;
        }
        foreach (var inode in ordered.Where(inode => inode.Node.IsDirectory))
            inode.Links = 2 + (uint)inode.Node.Children.Values.Count(child => child.IsDirectory);
    }

    public IsoInode Root { get; }

    /// <summary>Files with bytes, in the order they shall lie.</summary>
    public IEnumerable<IsoInode> WithContent => ordered.Where(inode => inode.Content.Length > 0);

    public IsoInode this[Node node] => inodes[node];

    private IsoInode Add(Node node, string path, bool rockRidge)
    {
        if (!rockRidge && node.Kind is not (NodeKind.File or NodeKind.Directory))
            throw new ImageException(ImageErrorKind.Unsupported, "IB2205",
                $"{path} is a {node.Kind}; ISO 9660 holds files and directories only unless Rock Ridge is on");
        if (node.HasXattrs)
            throw new ImageException(ImageErrorKind.Unsupported, "IB2206",
                $"{path} has the extended attribute '{node.Xattrs.Keys.First()}', which ISO 9660 cannot keep; put the file into a layer or drop the attribute");
        if (node is { Kind: NodeKind.CharacterDevice or NodeKind.BlockDevice, DeviceMajor: 0, DeviceMinor: > 0xFF })
            throw new ImageException(ImageErrorKind.Unsupported, "IB2210",
                $"{path}: Rock Ridge readers mistake device 0:{node.DeviceMinor} for another one");
        var inode = new IsoInode(node, (uint)ordered.Count + 1);
        inodes.Add(node, inode);
        ordered.Add(inode);
        return inode;
    }
}
