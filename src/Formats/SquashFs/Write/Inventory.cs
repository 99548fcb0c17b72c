using System.Runtime.InteropServices;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// All inodes of a tree in the order of the inode table. The entries of one directory follow one another, so that listing a
/// directory reads few metadata blocks; a directory's inode comes after everything below it, so that its listing is known.
/// </summary>
internal sealed class Inventory
{
    private const int MaxTargetLength = 4095; // PATH_MAX without the NUL
    private const uint MaxMajor = (1 << 12) - 1;
    private const uint MaxMinor = (1 << 20) - 1;

    private readonly Dictionary<Node, Inode> known = [];

    /// <exception cref="ImageException">
    /// IB2112: too many owners; IB2113: a device number too large; IB2114: a symbolic link's target empty or too long; IB2115: an
    /// extended attribute too long; IB2116: bits in the mode that are not permissions; IB2117: a directory with two names.
    /// </exception>
    public Inventory(Tree tree)
    {
        Root = new Inode(tree.Root, null, default);
        Collect();
        Number();
        foreach (var inode in Inodes)
        {
            Check(inode);
            inode.Uid = Ids.Add(inode.Node.Uid);
            inode.Gid = Ids.Add(inode.Node.Gid);
            inode.XattrSet = Xattrs.Add(inode);
        }
    }

    public Inode Root { get; }

    /// <summary>Every inode, in the order of the inode table.</summary>
    public List<Inode> Inodes { get; } = [];

    /// <summary>Every directory, each after all directories below it.</summary>
    public List<Inode> Directories { get; } = [];

    /// <summary>Regular files that are not empty, in path order.</summary>
    public List<Inode> Files { get; } = [];

    public IdTable Ids { get; } = new();

    public XattrTable Xattrs { get; } = new();

    /// <summary>Walks the tree in path order, names in byte order. Without recursion: a tree may be deeper than the stack.</summary>
    private void Collect()
    {
        var open = new Stack<(Inode Directory, SortedDictionary<EntryName, Node>.Enumerator Children)>();
        known.Add(Root.Node, Root);
        open.Push((Root, Root.Node.Children.GetEnumerator()));
        while (open.TryPop(out var top))
        {
            if (!top.Children.MoveNext())
            {
                Directories.Add(top.Directory);
                continue;
            }
            var (name, node) = top.Children.Current;
            open.Push(top);
            var inode = Enter(top.Directory, name, node);
            top.Directory.Entries.Add(new DirectoryEntry(name, inode));
            if (node.IsDirectory)
                open.Push((inode, node.Children.GetEnumerator()));
        }
    }

    private Inode Enter(Inode directory, EntryName name, Node node)
    {
        ref var inode = ref CollectionsMarshal.GetValueRefOrAddDefault(known, node, out var exists);
        if (!exists)
        {
            inode = new Inode(node, directory, name);
            if (node.Kind == NodeKind.File && node.Content.Length > 0)
                Files.Add(inode);
            if (node.IsDirectory)
                directory.Links++;
            return inode;
        }
        if (node.IsDirectory)
            throw new ImageException(ImageErrorKind.Unsupported, "IB2117",
                $"the directory {inode!.Path} is also in {directory.Path}, as '{name}'; a directory can have one name only");
        inode!.Links++;
        return inode;
    }

    private void Number()
    {
        foreach (var directory in Directories)
            foreach (var (_, inode) in directory.Entries)
                if (inode.Number == 0)
                    Add(inode);
        Add(Root);

        void Add(Inode inode)
        {
            Inodes.Add(inode);
            inode.Number = (uint)Inodes.Count;
        }
    }

    private static void Check(Inode inode)
    {
        var node = inode.Node;
        if ((node.Mode & ~UnixMode.PermissionMask) != 0)
            throw new ImageException(ImageErrorKind.Unsupported, "IB2116",
                $"{inode.Path} has mode 0{Convert.ToString(node.Mode, 8)}; only permission bits (07777) can be stored");
        if (node.Kind == NodeKind.Symlink && node.Target.Length is 0 or > MaxTargetLength)
            throw new ImageException(ImageErrorKind.Unsupported, "IB2114",
                $"the target of the symbolic link {inode.Path} has {node.Target.Length} bytes; 1 to {MaxTargetLength} are possible");
        if (node.Kind is NodeKind.BlockDevice or NodeKind.CharacterDevice && (node.DeviceMajor > MaxMajor || node.DeviceMinor > MaxMinor))
            throw new ImageException(ImageErrorKind.Unsupported, "IB2113",
                $"{inode.Path} is device {node.DeviceMajor}:{node.DeviceMinor}; SquashFS holds at most {MaxMajor}:{MaxMinor}");
    }
}
