using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs;

public class DirectoryTests
{
    /// <summary>A directory "/d" of empty files, which share one node where that does not matter.</summary>
    private static Tree WithEntries(int count, Func<int, string>? name = null)
    {
        var tree = new Tree();
        var directory = tree.EnsureDirectory("/d");
        for (var i = 0; i < count; i++)
            directory.Children[name?.Invoke(i) ?? $"entry{i:D6}"] = new Node(NodeKind.File) { Uid = (uint)(i % 7) };
        return tree;
    }

    [ToolTheory("sqfs2tar")]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(512)]
    [InlineData(65_000)]
    public void A_directory_of_any_size_comes_back(int count)
    {
        var tree = WithEntries(count);
        using var image = new Image(tree);
        Assert.Equal(TreeText.Of(tree), TreeText.Of(image.BySqfs2Tar()));
    }

    [RootFact("mount", "ls", "unsquashfs")]
    public void The_kernel_lists_65_000_entries_and_finds_each_by_name()
    {
        const int count = 65_000;
        using var image = new Image(WithEntries(count));
        Assert.Equal(count, Tool.Run("unsquashfs", "-l", image.File).Split('\n').Count(line => line.Contains("/entry", StringComparison.Ordinal)));
        image.Mounted(mount =>
        {
            // Opening by name goes through the directory index, listing does not.
            Assert.Equal(count, Tool.Run("ls", "-U", mount + "/d").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
            for (var i = 0; i < count; i += 13)
                Assert.True(File.Exists($"{mount}/d/entry{i:D6}"), $"entry {i}");
            Assert.True(File.Exists($"{mount}/d/entry{count - 1:D6}"));
            Assert.False(File.Exists($"{mount}/d/entry"));
            Assert.False(File.Exists($"{mount}/d/zzz"));
            return 0;
        });
    }

    [RootFact("mount", "tar", "unsquashfs", "sqfs2tar")]
    public void Listings_around_65_533_bytes_switch_to_the_extended_form_without_losing_entries()
    {
        // 255 entries of 8 + 248 bytes, one of 8 + 120 to 8 + 150, and nine headers of 12: 65,516 to 65,546 bytes.
        for (var last = 120; last <= 150; last += 3)
        {
            var tree = WithEntries(256, i => $"{i:D3}".PadRight(i < 255 ? 248 : last, 'x'));
            tree.Put("/other", Node.File("behind"));
            using var image = new Image(tree);
            Assert.Equal(TreeText.Of(tree), TreeText.Of(image.ByKernel()));
            Assert.Equal(TreeText.Of(tree), TreeText.Of(image.BySqfs2Tar()));
            Tool.Run("unsquashfs", "-lls", image.File);
        }
    }

    [RootFact("mount", "tar", "sqfs2tar")]
    public void Listings_that_begin_and_end_anywhere_in_a_metadata_block_come_back()
    {
        // Directories of about a third of a block: their listings begin and end at ever other places, some exactly at a block's end.
        var tree = new Tree();
        for (var d = 0; d < 40; d++)
            for (var i = 0; i < 5 + (d % 11); i++)
                tree.Put($"/dir{d:D2}/{new string((char)('a' + i), 100 + ((d * 7) % 150))}", new Node(NodeKind.Fifo));
        using var image = new Image(tree);
        Assert.Equal(TreeText.Of(tree), TreeText.Of(image.BySqfs2Tar()));
        Assert.Equal(TreeText.Of(tree), TreeText.Of(image.ByKernel()));
    }

    [ToolFact("sqfs2tar")]
    public void Hard_links_whose_inodes_are_far_away_come_back()
    {
        // Inode numbers further apart than the 16-bit difference in an entry, in both directions.
        var tree = WithEntries(40_000);
        var early = Node.File("early");
        tree.Put("/a/first", early);
        tree.Put("/d/entry000000x", early);
        tree.Put("/z/last", early);
        tree.Put("/z/own", Node.File("own"));
        tree.Put("/z/zfar", tree.Find("/d/entry039999")!);
        using var image = new Image(tree);
        Assert.Equal(TreeText.Of(tree), TreeText.Of(image.BySqfs2Tar()));
    }

    [Fact]
    public void A_tree_deeper_than_any_stack_is_written()
    {
        var tree = new Tree();
        var directory = tree.Root;
        for (var depth = 0; depth < 20_000; depth++)
            directory = (directory.Children["d"] = Node.Directory());
        using var output = new MemoryStream();
        Assert.Equal(20_001, SquashFsWriter.Write(tree, output, Image.Fast).Inodes);
    }

    [Fact]
    public void A_directory_with_two_names_is_refused()
    {
        var tree = new Tree();
        var directory = tree.EnsureDirectory("/one");
        tree.Put("/two/again", directory);
        var error = Assert.Throws<ImageException>(() => SquashFsWriter.Write(tree, new MemoryStream(), Image.Fast));
        Assert.Equal("IB2117", error.Id);
        Assert.Contains("/one", error.Message, StringComparison.Ordinal);
    }

    [RootFact("mount")]
    public void Names_are_in_the_order_of_their_bytes_which_look_ups_by_name_rely_on()
    {
        // U+FF21 sorts behind U+1F600 in UTF-16, before it in UTF-8. Enough names for a directory index.
        var tree = new Tree();
        for (var i = 0; i < 400; i++)
        {
            tree.Put($"/d/{i:D3}{new string('x', 60)}", new Node(NodeKind.Fifo));
            tree.Put($"/d/\uFF21{i:D3}{new string('x', 60)}", new Node(NodeKind.Fifo));
            tree.Put($"/d/\U0001F600{i:D3}{new string('x', 60)}", new Node(NodeKind.Fifo));
        }
        using var image = new Image(tree);
        image.Mounted(mount =>
        {
            Assert.All(tree.Walk(), entry => Assert.True(Path.Exists(mount + entry.Path), entry.Path));
            return 0;
        });
    }

    [Fact]
    public void Only_listings_longer_than_a_metadata_block_have_an_index()
    {
        // The listings of 100 small directories follow one another, some of them across the end of a metadata block.
        var tree = WithEntries(1000);
        for (var d = 0; d < 100; d++)
            for (var i = 0; i < 10; i++)
                tree.Put($"/small/{d}/{i}{new string('n', 20)}", new Node(NodeKind.Fifo));
        var listings = new MetadataWriter(null);
        var table = new DirectoryTable(listings);
        var written = new Inventory(tree).Directories.ToDictionary(directory => directory.Path, directory => table.Write(directory.Entries));
        Assert.True(listings.UncompressedLength > 5 * MetadataBlock.Size);
        var indexed = Assert.Single(written, listing => listing.Value.Index.Count > 0);
        Assert.Equal("/d", indexed.Key);
        Assert.Equal(indexed.Value.Length / MetadataBlock.Size, (uint)indexed.Value.Index.Count);
    }
}
