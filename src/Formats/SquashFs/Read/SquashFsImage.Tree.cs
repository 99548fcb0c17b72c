using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

public sealed partial class SquashFsImage
{
    private const int NodeCost = 320;  // bytes of a node, its inode's record and its place in a dictionary, roughly
    private const int EntryCost = 160; // bytes of an entry in a directory, roughly

    /// <summary>
    /// The whole tree. Content stays in the image and is decompressed when it is read; hard links are one node. Each call makes a new
    /// tree.
    /// </summary>
    /// <exception cref="ImageException">IB2124 inodes, IB2125 directories, IB2127 extended attributes are damaged; IB2121: a name space of extended attributes unknown here; IB2128: a limit was passed.</exception>
    public Tree ReadTree() => new TreeReading(this, null).Read();

    /// <summary>One reading of the tree. Without recursion: a tree may be deeper than the stack.</summary>
    private sealed class TreeReading
    {
        private readonly SquashFsImage image;
        private readonly Dictionary<Node, uint>? numbers;
        private readonly DirectoryReader directories;
        private readonly MemoryBudget budget;
        private readonly XattrReader? xattrs;
        private readonly Dictionary<MetadataReference, Node> known = [];
        private readonly HashSet<MetadataReference> seen = [];
        private int entries;
        private long nameBytes;

        public TreeReading(SquashFsImage image, Dictionary<Node, uint>? numbers)
        {
            (this.image, this.numbers) = (image, numbers);
            directories = new DirectoryReader(image.tables.Directories);
            budget = image.budget.Fork();
            if (image.tables.XattrSets is { } sets)
                xattrs = new XattrReader(image.tables.Xattrs!, sets, budget);
        }

        public Tree Read()
        {
            var reference = image.superblock.RootInode;
            var root = image.inodes.Read(reference);
            if (root.Kind != NodeKind.Directory)
                throw Corrupt(root, "the root is no directory");
            var tree = new Tree();
            Fill(tree.Root, root);
            seen.Add(reference);
            var open = new Stack<(InodeRecord Inode, Node Node, int Depth)>();
            open.Push((root, tree.Root, 1));
            while (open.TryPop(out var directory))
            {
                if (directory.Depth > image.limits.MaxDepth)
                    throw Limit($"directories lie more than {image.limits.MaxDepth} deep in one another");
                foreach (var entry in directories.Read(directory.Inode, image.limits.MaxEntries - entries))
                    if (Add(directory.Node, entry) is { } below)
                        open.Push((below.Inode, below.Node, directory.Depth + 1));
            }
            return tree;
        }

        /// <summary>Puts an entry into its directory; returns it when it is a directory itself.</summary>
        private (InodeRecord Inode, Node Node)? Add(Node directory, in ListedEntry entry)
        {
            entries++;
            nameBytes += entry.Name.Bytes.Length;
            if (nameBytes > image.limits.MaxNameBytes)
                throw Limit($"all names together have more than {image.limits.MaxNameBytes} bytes");
            budget.Charge(EntryCost + entry.Name.Bytes.Length, image.superblock.DirectoryTable, "a name");
            (InodeRecord, Node)? below = null;
            if (!known.TryGetValue(entry.Reference, out var node))
            {
                var inode = image.inodes.Read(entry.Reference);
                if (inode.Number != entry.Number || inode.Kind != entry.Kind)
                    throw Corrupt(entry, $"'{entry.Name}' is listed as inode {entry.Number}, {entry.Kind}; the inode there has number {inode.Number} and is {inode.Kind}");
                if (inode.Kind == NodeKind.Directory && !seen.Add(entry.Reference))
                    throw Corrupt(entry, $"'{entry.Name}' names a directory that has a name already: a directory can have one only, and none below itself");
                node = Fill(new Node(inode.Kind), inode);
                if (inode.Kind == NodeKind.Directory)
                    below = (inode, node);
                else
                    known.Add(entry.Reference, node);
            }
            else if (node.Kind != entry.Kind)
            {
                throw Corrupt(entry, $"'{entry.Name}' is listed as {entry.Kind}, its inode is {node.Kind}");
            }
            if (!directory.Children.TryAdd(entry.Name, node))
                throw Corrupt(entry, $"the name '{entry.Name}' is in one directory twice");
            return below;
        }

        private Node Fill(Node node, in InodeRecord inode)
        {
            budget.Charge(NodeCost + inode.Target.Length + ((long)inode.BlockCount * sizeof(long)), image.superblock.InodeTable, "an inode");
            numbers?.Add(node, inode.Number);
            node.Mode = (ushort)(inode.RawMode & UnixMode.PermissionMask);
            (node.Uid, node.Gid, node.ModifiedTime) = (inode.Uid, inode.Gid, inode.ModifiedTime);
            if (inode.Kind == NodeKind.File && inode.Length > 0)
                node.Content = new SquashFsContent(image, inode);
            else if (inode.Kind == NodeKind.Symlink)
                node.Target = image.tables.Inodes.Slice(inode.Target.Position, inode.Target.Length).ToArray();
            else if (inode.Kind is NodeKind.BlockDevice or NodeKind.CharacterDevice)
                (node.DeviceMajor, node.DeviceMinor) = ((inode.Device >> 8) & 0xFFF, (inode.Device & 0xFF) | ((inode.Device >> 12) & 0xFFF00)); // new_decode_dev
            if (inode.XattrSet != Inode.NoXattrs)
                foreach (var (name, value) in xattrs!.Read(inode.XattrSet))
                    node.Xattrs[name] = value;
            return node;
        }

        private ImageException Limit(string what) =>
            SquashFsError.TooMuch(image.superblock.DirectoryTable, what);

        private ImageException Corrupt(in ListedEntry entry, string what) => image.tables.Directories.Corrupt(SquashFsError.Directory, entry.Position, what);

        private ImageException Corrupt(in InodeRecord inode, string what) => image.tables.Inodes.Corrupt(SquashFsError.Inode, inode.Position, what);
    }
}
