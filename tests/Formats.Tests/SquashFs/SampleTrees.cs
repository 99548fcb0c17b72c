using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs;

/// <summary>Trees that hold what file systems stumble over.</summary>
internal static class SampleTrees
{
    public const int BlockSize = 4096;

    /// <summary>Bytes that do not compress, always the same for one seed.</summary>
    public static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Bytes that compress to about a half.</summary>
    public static byte[] Text(int length, int seed) => [.. Noise(length, seed).Select(b => (byte)('a' + (b & 15)))];

    /// <summary>A bit of everything.</summary>
    public static Tree Everything()
    {
        var tree = new Tree();
        tree.Root.Mode = 0x1ED;
        tree.Root.ModifiedTime = 1_700_000_000;
        tree.Put("/empty", Node.File(Content.Empty));
        tree.Put("/emptydir", Node.Directory());
        tree.Put("/small.txt", Stamped(Node.File("a small file\n"), 1000, 1001, 0x81A4 & 0xFFF));
        tree.Put("/setuid", Stamped(Node.File(Content.From(Text(100, 1))), 0, 0, 0x9ED));
        foreach (var length in new[] { 1, BlockSize - 1, BlockSize, BlockSize + 1, 3 * BlockSize, (5 * BlockSize) + 77 })
        {
            tree.Put($"/files/text{length}", Stamped(Node.File(Content.From(Text(length, length))), 5, 6, 0x180));
            tree.Put($"/files/noise{length}.bin", Node.File(Content.From(Noise(length, length))));
            tree.Put($"/files/zeros{length}", Node.File(Content.From(new byte[length])));
        }
        byte[] holes = [.. Text(BlockSize, 7), .. new byte[2 * BlockSize], .. Noise(BlockSize, 8), .. new byte[BlockSize], .. "end"u8];
        tree.Put("/files/holes", Node.File(Content.From(holes)));
        tree.Put("/files/zero tail", Node.File(Content.From((byte[])[.. Text(BlockSize, 9), .. new byte[100]])));
        tree.Put("/link", Stamped(Node.Symlink("small.txt"), 3, 4, 0x1FF));
        tree.Put("/long link", Node.Symlink(string.Join('/', Enumerable.Repeat("directory", 409))));
        tree.Put("/dev/null", Node.Device(NodeKind.CharacterDevice, 1, 3));
        tree.Put("/dev/disk", Node.Device(NodeKind.BlockDevice, 259, 1_000_003));
        tree.Put("/dev/largest", Node.Device(NodeKind.BlockDevice, 4095, 1_048_575));
        tree.Put("/dev/fifo", new Node(NodeKind.Fifo) { Mode = 0x1B6 });
        tree.Put("/dev/socket", new Node(NodeKind.Socket));
        tree.Put("/deleted", Node.Device(NodeKind.CharacterDevice, 0, 0));
        HardLink(tree, "/hard/file", Node.File(Content.From(Text(9000, 3))), "/hard/file2", "/files/hard");
        HardLink(tree, "/hard/link", Node.Symlink("nowhere"), "/hard/link2");
        HardLink(tree, "/hard/device", Node.Device(NodeKind.CharacterDevice, 5, 1), "/hard/device2");
        tree.Put("/old", Stamped(Node.File("before 1970"), 0, 0, 0x1A4, -5));
        tree.Put("/late", Stamped(Node.File("2106"), 0, 0, 0x1A4, uint.MaxValue));
        tree.Put("/owned", Stamped(Node.File("ids"), 4_294_967_294, 65_536, 0x1A4));
        Names(tree);
        Xattrs(tree);
        return tree;
    }

    public static void HardLink(Tree tree, string path, Node node, params string[] more)
    {
        tree.Put(path, node);
        foreach (var other in more)
            tree.Put(other, node);
    }

    /// <summary>A random tree, always the same for one seed.</summary>
    public static Tree Random(int seed)
    {
        var random = new Random(seed);
        var tree = new Tree();
        var directories = new List<Node> { tree.Root };
        var files = new List<Node>();
        for (var i = random.Next(1, 400); i > 0; i--)
        {
            var node = random.Next(10) switch
            {
                0 => Node.Directory(),
                1 => Node.Symlink(new string('x', random.Next(1, 300))),
                2 when files.Count > 0 => files[random.Next(files.Count)],
                3 => Node.File(Content.From(new byte[random.Next(4 * BlockSize)])),
                4 when files.Count > 0 => Node.File(files[random.Next(files.Count)].Content),
                5 => new Node(NodeKind.Fifo),
                _ => Node.File(Content.From(random.Next(2) == 0 ? Text(random.Next(3 * BlockSize), i) : Noise(random.Next(2 * BlockSize), i))),
            };
            node.ModifiedTime = random.Next();
            node.Uid = (uint)random.Next(5);
            node.Gid = (uint)random.Next(70_000);
            if (random.Next(6) == 0)
                node.Xattrs[$"trusted.x{random.Next(4)}"] = Text(random.Next(300), random.Next(4));
            directories[random.Next(directories.Count)].Children[$"n{random.Next(2000)}.{random.Next(5)}"] = node;
            if (node.IsDirectory)
                directories.Add(node);
            else if (node.Kind == NodeKind.File)
                files.Add(node);
        }
        return tree;
    }

    private static void Names(Tree tree)
    {
        var names = Node.Directory();
        tree.Put("/names", names);
        foreach (var name in new[] { "\uFF21 beyond ASCII", "\U0001F600 beyond the BMP", "space tab\t", "back\\slash", "new\nline", "-dash", "ä", "Z", "a", "a.b", "a b" })
            names.Children[name] = Node.File(name);
        names.Children[EntryName.From([0xFF, 0xFE, (byte)'x', 0x80])] = Node.File("no UTF-8");
        names.Children[EntryName.From(Encoding.ASCII.GetBytes(new string('n', 255)))] = Node.File("longest");
    }

    private static void Xattrs(Tree tree)
    {
        var directory = Node.Directory();
        directory.Xattrs["trusted.overlay.opaque"] = "y"u8.ToArray();
        tree.Put("/xattrs", directory);
        var capability = Node.File("ping");
        capability.Xattrs["security.capability"] = Convert.FromHexString("0100000200200000000000000000000000000000");
        tree.Put("/xattrs/ping", capability);
        for (var i = 0; i < 20; i++)
        {
            var node = Node.File($"file {i}");
            node.Xattrs["user.same"] = "the same value in every file"u8.ToArray();
            node.Xattrs["user.own"] = [(byte)i];
            node.Xattrs["trusted.empty"] = [];
            node.Xattrs["user.large"] = Text(3000, i / 10);
            tree.Put($"/xattrs/file{i}", node);
        }
        Node[] others = [Node.Symlink("target"), Node.Device(NodeKind.CharacterDevice, 9, 9), new(NodeKind.Fifo)];
        foreach (var node in others)
        {
            node.Xattrs["trusted.kind"] = "other"u8.ToArray();
            tree.Put($"/xattrs/{node.Kind}", node);
        }
    }

    private static Node Stamped(Node node, uint uid, uint gid, int mode, long time = 1_600_000_000)
    {
        (node.Uid, node.Gid, node.Mode, node.ModifiedTime) = (uid, gid, (ushort)mode, time);
        return node;
    }
}
