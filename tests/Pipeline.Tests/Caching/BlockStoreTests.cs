using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Caching;

namespace ImageBuilder.Pipeline.Tests.Caching;

public sealed class BlockStoreTests : IDisposable
{
    private const int Block = 128 << 10;
    private readonly TempFolder folder = new();
    private readonly List<string> warnings = [];

    public void Dispose() => folder.Dispose();

    private string Cache => folder["cache"];

    private IEnumerable<string> Segments => Directory.EnumerateFiles(folder["cache/blocks"]).Order(StringComparer.Ordinal);

    [Fact]
    public void The_image_is_the_same_without_a_cache_with_an_empty_one_and_with_a_full_one()
    {
        var tree = Tree();
        var plain = Pack(tree, null);
        var (first, second) = (Cached(tree), Cached(tree));
        Assert.Equal(plain, first.Image);
        Assert.Equal(plain, second.Image);
        Assert.Equal(0, first.Found);
        Assert.True(second.Found > 10);
        Assert.Equal(second.Asked, second.Found);
    }

    [Fact]
    public void After_a_small_change_only_the_block_that_changed_is_compressed()
    {
        var first = Cached(Tree());
        var tree = Tree();
        tree.Put("/small/117", Node.File("another text, and a longer one than before\n"));
        var second = Cached(tree);
        Assert.Equal(Pack(tree, null), second.Image);
        Assert.NotEqual(first.Image, second.Image);
        // The fragment with the file, and those up to the next landmark.
        Assert.InRange(second.Asked - second.Found, 1, 3);
    }

    [Theory]
    [InlineData(SquashFsCompression.Zstd, 3)]
    [InlineData(SquashFsCompression.Gzip, 9)]
    [InlineData(SquashFsCompression.Xz, 6)]
    public void Another_compressor_level_or_block_size_finds_nothing(SquashFsCompression compression, int level)
    {
        Cached(Tree());
        Assert.Equal(0, Cached(Tree(), new SquashFsOptions { Compression = compression, Level = level }).Found);
        Assert.Equal(0, Cached(Tree(), new SquashFsOptions { BlockSize = Block / 2 }).Found);
    }

    [Fact]
    public void A_damaged_record_is_noticed_wherever_it_is_damaged_and_its_block_made_again()
    {
        var tree = Tree();
        var image = Cached(tree).Image;
        var segment = Assert.Single(Segments);
        var good = File.ReadAllBytes(segment);
        var random = new Random(4711);
        for (var run = 0; run < 60; run++)
        {
            var bad = (byte[])good.Clone();
            bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            foreach (var other in Segments.ToList())
                File.Delete(other);
            File.WriteAllBytes(segment, bad);
            Assert.Equal(image, Cached(tree).Image);
            var healed = Cached(tree);
            Assert.Equal(image, healed.Image);
            Assert.Equal(healed.Asked, healed.Found);
        }
    }

    [Fact]
    public void A_segment_cut_anywhere_keeps_the_records_before_the_cut()
    {
        var tree = Tree();
        var image = Cached(tree);
        var segment = Assert.Single(Segments);
        var good = File.ReadAllBytes(segment);
        foreach (var length in (int[])[0, 4, 8, 20, 47, 48, good.Length / 2, good.Length - 1])
        {
            foreach (var other in Segments.ToList())
                File.Delete(other);
            File.WriteAllBytes(segment, good[..length]);
            var again = Cached(tree);
            Assert.Equal(image.Image, again.Image);
            // The last record is one of a table, which is not counted.
            Assert.InRange(again.Found, length < good.Length / 2 ? 0 : 1, length < good.Length - 1 ? again.Asked - 1 : again.Asked);
            Assert.Equal(2, Segments.Count()); // what is lost was made again,
            var third = Cached(tree);
            Assert.Equal(third.Asked, third.Found);
            Assert.Equal(2, Segments.Count()); // and all of it
        }
    }

    [Fact]
    public void Two_builds_at_once_disturb_neither_each_other_nor_the_next()
    {
        var tree = Tree();
        var plain = Pack(tree, null);
        Parallel.For(0, 6, i => Assert.Equal(plain, Cached(Tree(), new SquashFsOptions { Level = 1, Jobs = 1 + i % 3 }).Image));
        var after = Cached(tree);
        Assert.Equal(plain, after.Image);
        Assert.Equal(after.Asked, after.Found);
        Assert.Empty(warnings);
    }

    [Fact]
    public void The_folder_stays_below_its_limit_and_what_was_used_last_stays()
    {
        var limit = 2_000_000L;
        for (var i = 0; i < 8; i++)
            Cached(Tree(seed: i), limit: limit);
        Assert.InRange(Segments.Sum(path => new FileInfo(path).Length), 1, limit);
        Assert.True(Cached(Tree(seed: 7), limit: limit).Found > 0);
        Assert.Equal(0, Cached(Tree(seed: 0, small: false), limit: limit).Found);
    }

    [Fact]
    public void Many_small_segments_become_one_and_lose_nothing()
    {
        var trees = Enumerable.Range(0, 40).Select(i =>
        {
            var tree = new Tree();
            tree.Put("/file", Node.File(Text(i, 30_000)));
            return tree;
        }).ToList();
        foreach (var tree in trees)
            Cached(tree);
        Assert.InRange(Segments.Count(), 1, 33);
        foreach (var tree in trees)
            Assert.Equal(1, Cached(tree).Found);
    }

    [Fact]
    public void A_cache_folder_that_cannot_be_used_is_a_warning_and_everything_is_compressed()
    {
        File.WriteAllText(folder["cache"], "a file in its place");
        Assert.Null(BlockStore.TryOpen(Cache, warnings.Add));
        Assert.Contains("cannot be used", Assert.Single(warnings));
    }

    [Fact]
    public void Clearing_frees_the_space_and_a_build_under_way_goes_on()
    {
        var tree = Tree();
        var image = Cached(tree).Image;
        using var open = BlockStore.TryOpen(Cache, warnings.Add)!;
        Assert.True(BlockStore.Clear(Cache) > 100_000);
        Assert.Equal(0, BlockStore.Clear(Cache));
        Assert.Equal(image, Pack(tree, open));
        Assert.True(open.Counts.Found > 10);
    }

    private (byte[] Image, long Found, long Asked) Cached(Tree tree, SquashFsOptions? options = null, long limit = BlockStore.UsualLimit)
    {
        using var store = BlockStore.TryOpen(Cache, warnings.Add, limit)!;
        return (Pack(tree, store, options), store.Counts.Found, store.Counts.Asked);
    }

    private static byte[] Pack(Tree tree, BlockStore? store, SquashFsOptions? options = null)
    {
        using var output = new MemoryStream();
        SquashFsWriter.Write(tree, output, (options ?? new SquashFsOptions { Level = 1 }) with { Cache = store });
        return output.ToArray();
    }

    private static Tree Tree(int seed = 0, bool small = true)
    {
        var tree = new Tree();
        for (var i = 0; i < 8; i++)
            tree.Put($"/large{i}", Node.File(Text(seed * 1000 + i, 3 * Block)));
        for (var i = 0; small && i < 1200; i++)
            tree.Put($"/small/{i}", Node.File(Text(seed * 100_000 + i, 1000)));
        return tree;
    }

    private static Content Text(int seed, int length)
    {
        var random = new Random(seed);
        return Content.From(Enumerable.Range(0, length).Select(_ => (byte)(' ' + random.Next(32))).ToArray());
    }
}
