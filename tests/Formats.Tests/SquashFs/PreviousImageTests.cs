using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs;

/// <summary>Images that are to differ little from an earlier one.</summary>
public class PreviousImageTests
{
    private static readonly SquashFsOptions Options = new() { Compression = SquashFsCompression.Zstd, Level = 3, BlockSize = 16 << 10, Jobs = 2 };

    [RootFact("unsquashfs")]
    public void One_small_file_changed_moves_no_other_block_and_no_inode()
    {
        using var old = new Image(Tree(), Options);
        var changed = Tree();
        changed.Put("/small/folder5/file117.txt", Node.File("another text, and a longer one than before\n"));
        using var image = Next(changed, old);

        Assert.Equal(TreeText.Of(changed), TreeText.Of(image.ByUnsquashfs()));
        Assert.Empty(image.Read().Check());
        Assert.InRange(DifferentBlocks(old, image), 1, 4);
        Assert.InRange(image.Bytes.Length, 0, old.Bytes.Length * 1.01);
        var (before, after) = (Numbers(old), Numbers(image));
        Assert.Equal(before, after);
        Assert.InRange(image.Summary.Kept!.GapBytes, 0, image.Summary.Kept.DataBytes / 100);
    }

    [Fact]
    public void The_same_tree_is_the_same_image_byte_for_byte()
    {
        using var old = new Image(Tree(), Options);
        using var image = Next(Tree(), old);
        Assert.Equal(old.Bytes, image.Bytes);
        Assert.Equal(0, image.Summary.Kept!.GapBytes);
    }

    [RootTheory("unsquashfs")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Ten_generations_of_changes_are_whole_and_their_gaps_bounded(int seed)
    {
        var random = new Random(seed);
        var tree = Tree();
        var images = new List<Image> { new(tree, Options) };
        try
        {
            for (var generation = 0; generation < 10; generation++)
            {
                Change(tree, random);
                var image = Next(tree, images[^1]);
                images.Add(image);
                Assert.Equal(TreeText.Of(tree), TreeText.Of(image.Read().ReadTree()));
                Assert.Empty(image.Read().Check());
                Assert.InRange(image.Summary.Kept!.GapBytes, 0, image.Summary.Kept.DataBytes / 100);
                using var single = Next(tree, images[^2], Options with { Jobs = 1 });
                Assert.Equal(single.Bytes, image.Bytes);
            }
            Assert.Equal(TreeText.Of(tree), TreeText.Of(images[^1].ByUnsquashfs()));
        }
        finally
        {
            images.ForEach(image => image.Dispose());
        }
    }

    [Fact]
    public void Nothing_of_a_file_that_is_gone_stays_in_the_image()
    {
        var secret = SampleTrees.Noise(3_000, 99);
        var (tree, options) = (Tree(), Options with { Compression = SquashFsCompression.None, Level = null });
        tree.Put("/small/folder1/secret.txt", Node.File(Content.From(secret)));
        tree.Put("/large/secret.bin", Node.File(Content.From((byte[])[.. secret, .. SampleTrees.Noise(40_000, 98)])));
        using var old = new Image(tree, options);
        Assert.True(old.Bytes.AsSpan().IndexOf(secret) > 0);
        tree.Remove("/small/folder1/secret.txt");
        tree.Remove("/large/secret.bin");
        using var image = Next(tree, old, options);
        Assert.Equal(-1, image.Bytes.AsSpan().IndexOf(secret));
    }

    [Fact]
    public void Another_compressor_level_or_block_size_is_refused()
    {
        using var old = new Image(Tree(), Options);
        foreach (var other in new[] { Options with { Level = 4 }, Options with { BlockSize = 8 << 10 }, Options with { Compression = SquashFsCompression.Lz4, Level = null } })
            Assert.Equal("IB2119", Assert.Throws<ImageException>(() => Next(Tree(), old, other)).Id);
    }

    [RootFact("mksquashfs", "unsquashfs")]
    public void An_image_by_mksquashfs_is_a_previous_one_too()
    {
        using var folder = new TempFolder();
        using var source = new Image(Tree(), Options);
        Tool.Run("unsquashfs", "-quiet", "-no-progress", "-d", folder["tree"], source.File);
        using var old = Image.By(path => Tool.Run("mksquashfs", folder["tree"], path, "-quiet", "-no-progress", "-comp", "zstd", "-Xcompression-level", "3", "-b", "16384"));
        var tree = Tree();
        tree.Put("/small/folder5/file117.txt", Node.File("changed\n"));
        using var image = Next(tree, old);
        Assert.Equal(TreeText.Of(tree), TreeText.Of(image.ByUnsquashfs()));
        Assert.InRange(DifferentBlocks(old, image), 1, 4);
    }

    private static Image Next(Tree tree, Image old, SquashFsOptions? options = null) => new(tree, (options ?? Options) with { Previous = old.Read() });

    /// <summary>Data blocks and fragments of an image that do not stand in the old one at the same place with the same bytes.</summary>
    private static int DifferentBlocks(Image old, Image image)
    {
        var (before, after) = (old.Bytes, image.Bytes);
        var blocks = new HashSet<(long Start, long Length)>();
        var read = image.Read();
        for (var index = 0u; index < read.FragmentCount; index++)
            blocks.Add((read.FragmentAt(index).At, read.FragmentAt(index).Size.Stored));
        foreach (var content in read.ReadTree().Walk().Select(entry => entry.Node).Where(node => node.Kind == NodeKind.File).Select(node => node.Content).OfType<SquashFsContent>())
            for (var block = 0; block < content.Inode.BlockCount; block++)
                blocks.Add((content.Start(block), content.Size(block).Stored));
        return blocks.Count(block => block.Start + block.Length > before.Length
            || !before.AsSpan((int)block.Start, (int)block.Length).SequenceEqual(after.AsSpan((int)block.Start, (int)block.Length)));
    }

    private static Dictionary<string, uint> Numbers(Image image)
    {
        var numbers = new Dictionary<Node, uint>();
        return image.Read().ReadTree(numbers).Walk().ToDictionary(entry => entry.Path.ToString(), entry => numbers[entry.Node]);
    }

    private static Tree Tree()
    {
        var tree = new Tree();
        for (var i = 0; i < 600; i++)
            tree.Put($"/small/folder{i % 7}/file{i}.{(i % 3 == 0 ? "txt" : "conf")}", Node.File(Content.From(SampleTrees.Text(100 + (i * 37 % 3000), i))));
        for (var i = 0; i < 40; i++)
            tree.Put($"/large/{i}", Node.File(Content.From(SampleTrees.Text(20_000 + (i * 7_919 % 90_000), i))));
        tree.Put("/large/twin", Node.File(Content.From(SampleTrees.Text(20_000, 0))));
        tree.Put("/large/zeros", Node.File(Content.From(new byte[100_000])));
        return tree;
    }

    private static void Change(Tree tree, Random random)
    {
        var paths = tree.Walk().Where(entry => entry.Node.Kind == NodeKind.File).Select(entry => entry.Path.ToString()).ToArray();
        for (var change = random.Next(1, 30); change > 0; change--)
        {
            var path = paths[random.Next(paths.Length)];
            switch (random.Next(5))
            {
                case 0:
                    tree.Remove(path);
                    break;
                case 1:
                    tree.Put($"/new/{random.Next()}", Node.File(Content.From(SampleTrees.Text(random.Next(1, 60_000), random.Next()))));
                    break;
                default:
                    tree.Put(path, Node.File(Content.From(SampleTrees.Text(random.Next(1, random.Next(2) == 0 ? 3_000 : 120_000), random.Next()))));
                    break;
            }
        }
    }
}
