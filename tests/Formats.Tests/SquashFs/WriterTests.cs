using System.Collections.Concurrent;
using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs;

/// <summary>What the writer promises besides a readable image.</summary>
public class WriterTests
{
    private sealed class Failing(int length) : Content
    {
        public override long Length => length;

        public override void Read(long offset, Span<byte> buffer) => throw new ImageException(ImageErrorKind.Io, "IB2010", "the file became shorter");
    }

    private sealed class Cache : IBlockCache
    {
        private readonly ConcurrentDictionary<string, byte[]> blocks = new();
        private int hits;

        public int Hits => hits;

        public int Count => blocks.Count;

        public int Read(ReadOnlySpan<byte> key, Span<byte> destination, bool isData)
        {
            if (!blocks.TryGetValue(Convert.ToHexString(key), out var block))
                return IBlockCache.Unknown;
            Interlocked.Increment(ref hits);
            block.CopyTo(destination);
            return block.Length;
        }

        public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> compressed) => blocks[Convert.ToHexString(key)] = compressed.ToArray();
    }

    private static byte[] Write(Tree tree, SquashFsOptions options)
    {
        using var stream = new MemoryStream();
        SquashFsWriter.Write(tree, stream, options);
        return stream.ToArray();
    }

    private static ImageException Refused(Tree tree, SquashFsOptions? options = null) =>
        Assert.Throws<ImageException>(() => Write(tree, options ?? Image.Fast));

    private static Tree With(Node node)
    {
        var tree = new Tree();
        tree.Put("/it", node);
        return tree;
    }

    [Theory]
    [InlineData(SquashFsCompression.None)]
    [InlineData(SquashFsCompression.Gzip)]
    [InlineData(SquashFsCompression.Xz)]
    [InlineData(SquashFsCompression.Lz4)]
    [InlineData(SquashFsCompression.Zstd)]
    public void Any_number_of_jobs_gives_the_same_bytes(SquashFsCompression compression)
    {
        var tree = SampleTrees.Everything();
        var options = Image.Fast with { Compression = compression, Jobs = 1 };
        var one = Write(tree, options);
        foreach (var jobs in new[] { 1, 2, 7, 33 })
            Assert.Equal(one, Write(tree, options with { Jobs = jobs }));
    }

    [Fact]
    public void The_order_in_which_the_tree_was_built_does_not_matter()
    {
        var tree = SampleTrees.Random(3);
        var again = new Tree();
        foreach (var (name, node) in tree.Root.Children.Reverse())
            again.Root.Children[name] = node;
        Assert.Equal(Write(tree, Image.Fast), Write(again, Image.Fast));
    }

    [Fact]
    public void Different_content_times_and_modes_give_different_bytes()
    {
        Tree Make(string text, long time, ushort mode) => With(new Node(NodeKind.File) { Content = Content.From(text), ModifiedTime = time, Mode = mode });
        var usual = Write(Make("a", 1, 2), Image.Fast);
        Assert.NotEqual(usual, Write(Make("b", 1, 2), Image.Fast));
        Assert.NotEqual(usual, Write(Make("a", 2, 2), Image.Fast));
        Assert.NotEqual(usual, Write(Make("a", 1, 3), Image.Fast));
        Assert.NotEqual(usual, Write(Make("a", 1, 2), Image.Fast with { ModificationTime = 1 }));
    }

    [Theory]
    [InlineData(SquashFsCompression.Zstd, 0)]
    [InlineData(SquashFsCompression.Zstd, 23)]
    [InlineData(SquashFsCompression.Gzip, 0)]
    [InlineData(SquashFsCompression.Gzip, 10)]
    [InlineData(SquashFsCompression.Xz, 10)]
    [InlineData(SquashFsCompression.Lz4, 13)]
    [InlineData(SquashFsCompression.None, 1)]
    public void A_level_that_the_compressor_does_not_have_is_refused(SquashFsCompression compression, int level)
    {
        var error = Refused(new Tree(), new SquashFsOptions { Compression = compression, Level = level });
        Assert.Equal("IB2110", error.Id);
        Assert.Contains(compression.ToString().ToLowerInvariant(), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SquashFsCompression.Zstd, 1, 22)]
    [InlineData(SquashFsCompression.Gzip, 1, 9)]
    [InlineData(SquashFsCompression.Xz, 0, 9)]
    [InlineData(SquashFsCompression.Lz4, 1, 12)]
    public void The_lowest_and_the_highest_level_work_and_differ(SquashFsCompression compression, int lowest, int highest)
    {
        var random = new Random(1);
        var vocabulary = Enumerable.Range(0, 3000).Select(_ => new string([.. Enumerable.Range(0, random.Next(2, 10)).Select(_ => (char)random.Next('a', 'z'))])).ToArray();
        var words = string.Join(' ', Enumerable.Range(0, 60_000).Select(_ => vocabulary[(int)(vocabulary.Length * Math.Pow(random.NextDouble(), 3))]));
        var low = Write(With(Node.File(words)), new SquashFsOptions { Compression = compression, Level = lowest });
        var high = Write(With(Node.File(words)), new SquashFsOptions { Compression = compression, Level = highest });
        Assert.True(high.Length < low.Length, $"{low.Length} {high.Length}");
    }

    [Theory]
    [InlineData(2048)]
    [InlineData(5000)]
    [InlineData(2 << 20)]
    public void A_block_size_that_SquashFS_does_not_have_is_refused(int size) =>
        Assert.Equal("IB2111", Refused(new Tree(), new SquashFsOptions { BlockSize = size }).Id);

    [ToolFact("unsquashfs")]
    public void Unsquashfs_reports_compressor_options_only_where_they_are_not_the_default()
    {
        string Shown(SquashFsCompression compression, int? level)
        {
            using var image = new Image(SampleTrees.Random(1), Image.Fast with { Compression = compression, Level = level });
            return Tool.Run("unsquashfs", "-s", image.File);
        }
        Assert.Contains("compression-level 19", Shown(SquashFsCompression.Zstd, 19), StringComparison.Ordinal);
        Assert.DoesNotContain("compression-level", Shown(SquashFsCompression.Zstd, 15), StringComparison.Ordinal);
        Assert.Contains("compression-level 3", Shown(SquashFsCompression.Gzip, 3), StringComparison.Ordinal);
        Assert.DoesNotContain("compression-level", Shown(SquashFsCompression.Gzip, null), StringComparison.Ordinal);
        Assert.Contains("High Compression option specified", Shown(SquashFsCompression.Lz4, 9), StringComparison.Ordinal);
        Assert.DoesNotContain("High Compression", Shown(SquashFsCompression.Lz4, 1), StringComparison.Ordinal);
    }

    [Fact]
    public void _65_535_ids_fit_and_one_more_does_not()
    {
        var tree = new Tree(); // the root's owner is id 0
        for (uint i = 1; i < IdTable.MaxCount; i++)
            tree.Root.Children[$"{i}"] = new Node(NodeKind.Fifo) { Uid = i };
        using (var image = new Image(tree))
            Assert.Equal(IdTable.MaxCount, image.Superblock.Ids);
        tree.Put("/one more", new Node(NodeKind.Fifo) { Gid = 1 << 20 });
        Assert.Equal("IB2112", Refused(tree).Id);
    }

    [ToolFact("sqfs2tar")]
    public void Many_ids_come_back()
    {
        var tree = new Tree();
        for (uint i = 0; i < 5000; i++)
            tree.Root.Children[$"{i}"] = new Node(NodeKind.Fifo) { Uid = i * 3, Gid = uint.MaxValue - i };
        using var image = new Image(tree);
        Assert.Equal(TreeText.Of(tree), TreeText.Of(image.BySqfs2Tar()));
    }

    [Fact]
    public void What_SquashFS_cannot_hold_is_refused_by_path()
    {
        (Node Node, string Id)[] cases =
        [
            (Node.Device(NodeKind.CharacterDevice, 4096, 0), "IB2113"),
            (Node.Device(NodeKind.BlockDevice, 0, 1 << 20), "IB2113"),
            (Node.Symlink(""), "IB2114"),
            (Node.Symlink(new string('x', 4096)), "IB2114"),
            (new Node(NodeKind.Fifo) { Mode = 0x8000 }, "IB2116"),
        ];
        foreach (var (node, id) in cases)
        {
            var error = Refused(With(node));
            Assert.Equal(id, error.Id);
            Assert.Contains("/it", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_cannot_be_read_ends_the_work_with_its_own_error()
    {
        foreach (var jobs in new[] { 1, 2, 7 })
        {
            var tree = SampleTrees.Everything();
            tree.Put("/failing", Node.File(new Failing(50_001)));
            Assert.Equal("IB2010", Refused(tree, Image.Fast with { Jobs = jobs }).Id);
            tree.Put("/failing too", Node.File(new Failing(50_001))); // of one length: fails when looking for duplicates
            Assert.Equal("IB2010", Refused(tree, Image.Fast with { Jobs = jobs }).Id);
        }
    }

    [Fact]
    public void Cancelling_stops_the_work_and_leaves_no_superblock()
    {
        using var cancel = new CancellationTokenSource();
        using var stream = new MemoryStream();
        var options = Image.Fast with { Progress = (_, _) => cancel.Cancel() };
        Assert.ThrowsAny<OperationCanceledException>(() => SquashFsWriter.Write(SampleTrees.Everything(), stream, options, cancel.Token));
        Assert.Equal(new byte[4], stream.ToArray()[..4]);
    }

    [Fact]
    public void A_writer_that_fails_ends_the_work()
    {
        var options = Image.Fast with { Progress = (_, _) => throw new IOException("disk full") };
        Assert.Throws<IOException>(() => Write(SampleTrees.Everything(), options));
    }

    [Fact]
    public void Progress_grows_to_the_bytes_that_are_read()
    {
        var steps = new List<(long Done, long Total)>();
        using var image = new Image(SampleTrees.Everything(), Image.Fast with { Progress = (done, total) => steps.Add((done, total)) });
        Assert.Equal(image.Summary.ContentBytes - image.Summary.DuplicateBytes, steps[^1].Total);
        Assert.Equal(steps[^1].Total, steps[^1].Done);
        Assert.True(steps.Select(step => step.Done).SequenceEqual(steps.Select(step => step.Done).Order()));
    }

    [Fact]
    public void Listed_files_come_first_in_the_image()
    {
        var tree = new Tree();
        foreach (var name in new[] { "a", "b", "c", "dir/d", "dir/e" })
            tree.Put("/" + name, Node.File(Content.From(SampleTrees.Noise(8192, name[^1]))));
        string Order(params string[] lines)
        {
            var bytes = Write(tree, Image.Fast with { Sort = lines });
            return string.Concat("abcde".OrderBy(name => bytes.AsSpan().IndexOf(SampleTrees.Noise(8192, name))));
        }
        Assert.Equal("abcde", Order());
        Assert.Equal("ebacd", Order("# what boots first", "", "dir/e", "/b"));
        Assert.Equal("deabc", Order("dir"));
        Assert.Equal("cbdea", Order("a -5", "b 10", "c\t20"));
        Assert.Equal("IB2118", Refused(tree, Image.Fast with { Sort = ["a 40000"] }).Id);
    }

    [Theory]
    [InlineData(SquashFsCompression.Gzip)]
    [InlineData(SquashFsCompression.Xz)]
    [InlineData(SquashFsCompression.Lz4)]
    [InlineData(SquashFsCompression.Zstd)]
    public void With_a_cache_only_new_blocks_are_compressed_and_the_bytes_are_the_same(SquashFsCompression compression)
    {
        var cache = new Cache();
        var tree = SampleTrees.Everything();
        var options = Image.Fast with { Compression = compression };
        var usual = Write(tree, options);
        Assert.Equal(usual, Write(tree, options with { Cache = cache }));
        var (blocks, hits) = (cache.Count, cache.Hits);
        Assert.Equal(usual, Write(tree, options with { Cache = cache }));
        Assert.Equal(blocks, cache.Count);
        Assert.True(cache.Hits >= hits + blocks);
        Write(tree, options with { Cache = cache, Level = 2 });
        Assert.Equal(2 * blocks, cache.Count); // another level is another key
    }

    private sealed class Changing(byte[] first, byte[] then) : Content
    {
        private long read;

        public override long Length => first.Length;

        public override void Read(long offset, Span<byte> buffer) =>
            (Interlocked.Add(ref read, buffer.Length) <= first.Length ? first : then).AsSpan((int)offset, buffer.Length).CopyTo(buffer);
    }

    [Theory]
    [InlineData(100)] // a tail
    [InlineData(128 << 10)] // a block
    public void A_file_that_changes_while_it_is_packed_puts_nothing_wrong_into_the_cache(int length)
    {
        var (old, changed) = (SampleTrees.Text(length, 1), SampleTrees.Text(length, 2));
        var options = Image.Fast with { Cache = new Cache() };
        Write(With(Node.File(new Changing(old, changed))), options);
        foreach (var content in new[] { old, changed })
        {
            var tree = With(Node.File(Content.From(content)));
            Assert.Equal(Write(tree, Image.Fast), Write(tree, options));
        }
    }

    [Fact]
    public void The_cache_keeps_files_of_zeros_apart_by_their_length()
    {
        var options = Image.Fast with { Cache = new Cache() };
        foreach (var (first, second) in new[] { (10, 20), (20, 10), (30, 0), (1, 29), (200_000, 5), (262_144, 7) })
        {
            var tree = new Tree();
            tree.Put("/a", Node.File(Content.From(new byte[first])));
            tree.Put("/b", Node.File(Content.From(new byte[second])));
            tree.Put("/c", Node.File("the same"));
            Assert.Equal(Write(tree, Image.Fast), Write(tree, options));
        }
    }

    [Fact]
    public void A_known_block_is_read_once()
    {
        var counted = new Counted([.. SampleTrees.Text(30_000, 3).SelectMany(letter => Enumerable.Repeat(letter, 10))]);
        var options = Image.Fast with { Cache = new Cache() };
        Write(With(Node.File(counted)), options);
        var before = counted.Bytes;
        Write(With(Node.File(counted)), options);
        Assert.Equal(2 * 300_000, before);
        Assert.Equal(3 * 300_000, counted.Bytes);
    }

    private sealed class Counted(byte[] bytes) : Content
    {
        private long read;

        public long Bytes => read;

        public override long Length => bytes.Length;

        public override void Read(long offset, Span<byte> buffer)
        {
            Interlocked.Add(ref read, buffer.Length);
            bytes.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
        }
    }

    [Fact]
    public void The_output_must_be_empty()
    {
        using var stream = new MemoryStream([1], writable: true);
        Assert.Throws<ArgumentException>(() => SquashFsWriter.Write(new Tree(), stream, Image.Fast));
    }
}
