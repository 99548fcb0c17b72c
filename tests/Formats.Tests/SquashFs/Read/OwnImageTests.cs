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
        Assert.Equal(TreeText.Of(tree), TreeText.Of(SquashFsImage.Open(Content.From(image.Bytes)).ReadTree()));
    }

    [Fact]
    public void Random_trees_come_back_with_and_without_tails_in_fragments()
    {
        for (var seed = 200; seed < 240; seed++)
        {
            var tree = SampleTrees.Random(seed);
            using var image = new Image(tree, Image.Fast with { PackTails = seed % 2 == 0 });
            Assert.Equal(TreeText.Of(tree), TreeText.Of(SquashFsImage.Open(Content.From(image.Bytes)).ReadTree()));
        }
    }

    [Fact]
    public void An_empty_tree_comes_back()
    {
        using var image = new Image(new Tree());
        Assert.Equal(TreeText.Of(new Tree()), TreeText.Of(SquashFsImage.Open(Content.From(image.Bytes)).ReadTree()));
    }
}
