using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs.Read;

/// <summary>What our writer wrote is what our reader reads.</summary>
public class OwnImageTests
{
    public static TheoryData<SquashFsCompression> Compressors => [.. Enum.GetValues<SquashFsCompression>()];

    [Theory]
    [MemberData(nameof(Compressors))]
    public void Everything_comes_back(SquashFsCompression compression)
    {
        var tree = SampleTrees.Everything();
        using var image = new Image(tree, Image.Fast with { Compression = compression });
        Assert.Equal(TreeText.Of(tree), TreeText.Of(image.Read().ReadTree()));
    }

    [Fact]
    public void Random_trees_come_back_with_and_without_tails_in_fragments()
    {
        for (var seed = 200; seed < 240; seed++)
        {
            var tree = SampleTrees.Random(seed);
            using var image = new Image(tree, Image.Fast with { PackTails = seed % 2 == 0 });
            Assert.Equal(TreeText.Of(tree), TreeText.Of(image.Read().ReadTree()));
        }
    }

    [Fact]
    public void An_empty_tree_comes_back()
    {
        using var image = new Image(new Tree());
        Assert.Equal(TreeText.Of(new Tree()), TreeText.Of(image.Read().ReadTree()));
    }

    [Theory]
    [MemberData(nameof(Compressors))]
    public void Nothing_is_wrong_with_what_we_write(SquashFsCompression compression)
    {
        using var image = new Image(SampleTrees.Everything(), Image.Fast with { Compression = compression });
        Assert.Equal([], image.Read().Check().Select(finding => finding.Message));
    }

    [Fact]
    public void Any_part_of_a_file_can_be_read_from_several_threads_at_once()
    {
        byte[] bytes = [.. SampleTrees.Text(3 * SampleTrees.BlockSize, 1), .. new byte[2 * SampleTrees.BlockSize], .. SampleTrees.Noise(SampleTrees.BlockSize + 5, 2)];
        var tree = new Tree();
        tree.Put("/file", Node.File(Content.From(bytes)));
        using var image = new Image(tree, Image.Fast with { PackTails = true });
        var content = image.Read(new SquashFsLimits { BlockCache = 0 }).ReadTree().Find("/file")!.Content;
        Parallel.For(0, 2000, i =>
        {
            var random = new Random(i);
            var offset = random.Next(bytes.Length);
            var part = new byte[random.Next(Math.Min(3 * SampleTrees.BlockSize, bytes.Length - offset) + 1)];
            content.Read(offset, part);
            Assert.True(part.AsSpan().SequenceEqual(bytes.AsSpan(offset, part.Length)));
        });
    }

    [Fact]
    public void Holes_are_known()
    {
        byte[] bytes = [.. SampleTrees.Text(SampleTrees.BlockSize, 1), .. new byte[3 * SampleTrees.BlockSize], .. "end"u8];
        var tree = new Tree();
        tree.Put("/file", Node.File(Content.From(bytes)));
        using var image = new Image(tree, Image.Fast with { PackTails = true });
        var content = image.Read().ReadTree().Find("/file")!.Content;
        Assert.Equal((0, SampleTrees.BlockSize), content.DataFrom(0));
        Assert.Equal((4L * SampleTrees.BlockSize, bytes.Length), content.DataFrom(SampleTrees.BlockSize));
        Assert.Equal((bytes.Length, bytes.Length), content.DataFrom(bytes.Length));
    }

    [Fact]
    public void The_description_says_how_the_image_is_made_and_its_parts_fill_it()
    {
        using var image = new Image(SampleTrees.Everything(), new SquashFsOptions { Compression = SquashFsCompression.Zstd, Level = 3, BlockSize = 8192, ModificationTime = 77 });
        var description = image.Read().Describe();
        Assert.Equal(("zstd", "3", 8192, 77L), (description.Compressor, description.CompressorOptions["level"], description.BlockSize, description.ModificationTime));
        Assert.Equal(["duplicates removed", "exportable", "compressor options"], description.Flags);
        Assert.Equal((image.Summary.Inodes, image.Summary.Fragments, image.Summary.BytesUsed, image.Summary.ImageLength),
            ((int)description.Inodes, (int)description.Fragments, description.BytesUsed, description.ImageLength));
        Assert.Equal(image.Summary.Inodes, description.InodesByKind.Values.Sum());
        Assert.Equal(image.Summary.ContentBytes, description.ContentBytes);
        var end = 0L;
        foreach (var part in description.Parts)
        {
            Assert.Equal((part.Name, end), (part.Name, part.Offset));
            end += part.Length;
        }
        Assert.Equal(image.Summary.ImageLength, end);
    }

    [Fact]
    public void Every_byte_of_an_image_is_given_a_name()
    {
        var tree = new Tree();
        tree.Put("/dir/large", Node.File(Content.From(SampleTrees.Noise((2 * SampleTrees.BlockSize) + 9, 1))));
        tree.Put("/dir/small", Node.File("small"));
        using var image = new Image(tree, Image.Fast with { PackTails = true });
        var read = image.Read();
        var parts = read.Describe().Parts.ToDictionary(part => part.Name);
        Assert.Equal("superblock, magic", read.Locate(3));
        Assert.Equal("superblock, export table", read.Locate(Superblock.Size - 1));
        Assert.Equal("compressor options", read.Locate(Superblock.Size));
        var data = parts["data"].Offset;
        Assert.Equal("data block 0 of /dir/large (its bytes 0 to 4095)", read.Locate(data));
        Assert.Equal("data block 1 of /dir/large (its bytes 4096 to 8191)", read.Locate(data + SampleTrees.BlockSize));
        Assert.Equal("fragment 0 (/dir/large, /dir/small)", read.Locate(data + (2 * SampleTrees.BlockSize)));
        Assert.StartsWith("inode table, block 0 (inodes of /dir/large, /dir/small, /dir", read.Locate(parts["inode table"].Offset));
        Assert.StartsWith("directory table, block 0 (listings of /dir, ", read.Locate(parts["directory table"].Offset));
        Assert.Equal("index of the id table", read.Locate(parts["index of the id table"].Offset + 7));
        Assert.Equal("padding", read.Locate(image.Bytes.Length - 1));
        for (var at = 0; at < image.Bytes.Length; at++)
            Assert.DoesNotContain("gap", read.Locate(at), StringComparison.Ordinal);
    }
}
