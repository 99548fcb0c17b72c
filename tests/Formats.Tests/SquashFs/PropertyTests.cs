using FsCheck;
using FsCheck.Fluent;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs;

/// <summary>Whatever the tree: what was packed comes out again, by a foreign program and by our reader. A failure shrinks to few entries.</summary>
public class PropertyTests
{
    private static readonly SquashFsCompression[] Compressions = Enum.GetValues<SquashFsCompression>();

    [Fact]
    public void Packed_and_read_by_our_reader_a_tree_is_equal() => ForAllTrees(300, (tree, options) =>
    {
        using var image = new Image(tree, options);
        Assert.Equal(TreeText.Of(tree), TreeText.Of(image.Read().ReadTree()));
        Assert.Empty(image.Read().Check());
    });

    [RootFact("unsquashfs", "tar")]
    public void Packed_and_unpacked_by_unsquashfs_a_tree_is_equal() => ForAllTrees(40, (tree, options) =>
    {
        using var image = new Image(tree, options);
        Assert.Equal(TreeText.Of(tree, linkedDevices: false), TreeText.Of(image.ByUnsquashfs(), linkedDevices: false));
    });

    [Fact]
    public void Packed_after_a_previous_image_of_another_tree_a_tree_is_equal()
    {
        Tree before = new();
        ForAllTrees(150, (tree, options) =>
        {
            using var old = new Image(before, options);
            using var image = new Image(tree, options with { Previous = old.Read() });
            Assert.Equal(TreeText.Of(tree), TreeText.Of(image.Read().ReadTree()));
            Assert.Empty(image.Read().Check());
            before = tree;
        });
    }

    /// <summary>One entry of a tree: numbers, so that FsCheck can make and shrink it.</summary>
    private sealed record Entry(int Folder, int Name, int Kind, int Size, int Seed)
    {
        public EntryName EntryName => (Seed % 7) switch
        {
            0 => EntryName.From((byte[])[0xFF, 0xFE, (byte)('a' + (Name % 26))]), // no UTF-8
            1 => EntryName.From(new string((char)('a' + (Name % 26)), 1 + (Size % 255))),
            2 => EntryName.From($"\ud83d\ude00 {Name} \uffee"),
            _ => EntryName.From($"{Name}"),
        };
    }

    private static void ForAllTrees(int count, Action<Tree, SquashFsOptions> check)
    {
        var entry =
            from folder in Gen.Choose(0, 1000)
            from name in Gen.Choose(0, 60)
            from kind in Gen.Choose(0, 11)
            from size in Gen.OneOf(Gen.Choose(0, 20), Gen.Choose(4090, 4100), Gen.Choose(0, 30_000))
            from seed in Gen.Choose(0, 10_000)
            select new Entry(folder, name, kind, size, seed);
        var trees = Arb.From(Gen.ArrayOf(entry), (Entry[] entries) => Smaller(entries));
        var choices = Arb.From(Gen.Choose(0, Compressions.Length - 1));
        Prop.ForAll(trees, choices, (entries, compression) =>
        {
            check(Build(entries), Image.Fast with { Compression = Compressions[compression], PackTails = entries.Length % 3 == 0, Jobs = 1 + (entries.Length % 3) });
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(count).WithEndSize(200));
    }

    private static IEnumerable<Entry[]> Smaller(Entry[] entries)
    {
        for (var part = entries.Length / 2; part > 0; part /= 2)
            for (var start = 0; start + part <= entries.Length; start += part)
                yield return [.. entries[..start], .. entries[(start + part)..]];
    }

    private static Tree Build(Entry[] entries)
    {
        var tree = new Tree();
        var folders = new List<Node> { tree.Root };
        var linkable = new List<Node>();
        foreach (var entry in entries)
        {
            var folder = folders[entry.Folder % folders.Count];
            if (folder.Children.ContainsKey(entry.EntryName))
                continue;
            if (entry.Kind == 0 && linkable.Count > 0)
            {
                folder.Children[entry.EntryName] = linkable[entry.Seed % linkable.Count];
                continue;
            }
            var node = MakeNode(entry);
            (node.Uid, node.Gid, node.ModifiedTime) = ((uint)(entry.Seed % 5 * 1000), (uint)(entry.Seed % 3 * 70_000), entry.Seed * 1000L);
            if (node.Kind != NodeKind.Symlink)
                node.Mode = (ushort)(entry.Seed % 0x1000 | (node.IsDirectory ? 0x1C0 : 0));
            if (entry.Seed % 4 == 0 && node.Kind is NodeKind.File or NodeKind.Directory)
                node.Xattrs[$"user.{entry.Seed % 3}"] = SampleTrees.Noise(entry.Size % 400, entry.Seed);
            folder.Children[entry.EntryName] = node;
            if (node.IsDirectory)
                folders.Add(node);
            else
                linkable.Add(node);
        }
        return tree;
    }

    private static Node MakeNode(Entry entry) => entry.Kind switch
    {
        1 or 2 => Node.Directory(),
        3 => Node.Symlink(new string('t', 1 + (entry.Size % 300))),
        4 => Node.Device(entry.Seed % 2 == 0 ? NodeKind.CharacterDevice : NodeKind.BlockDevice, (uint)(entry.Seed % 4096), (uint)entry.Size),
        5 => new Node(NodeKind.Fifo),
        6 => Node.File(Content.From(new byte[entry.Size])),
        7 => Node.File(Content.From((byte[])[.. SampleTrees.Text(4096, entry.Seed), .. new byte[4096], .. SampleTrees.Noise(entry.Size, entry.Seed)])),
        8 => Node.File(Content.From(SampleTrees.Noise(entry.Size, entry.Name))), // often equal to another
        _ => Node.File(Content.From(SampleTrees.Text(entry.Size, entry.Seed))),
    };
}
