using ImageBuilder.Cli.Commands;
using ImageBuilder.Formats;
using ImageBuilder.Formats.SquashFs;

namespace ImageBuilder.Cli.Tests;

public class CompressionChoiceTests
{
    [Theory]
    [InlineData("zstd", SquashFsCompression.Zstd, null)]
    [InlineData("ZSTD:19", SquashFsCompression.Zstd, 19)]
    [InlineData("none", SquashFsCompression.None, null)]
    public void A_name_and_perhaps_a_level_are_read(string text, SquashFsCompression compression, int? level)
    {
        var options = CompressionChoice.Apply(text, new SquashFsOptions());
        Assert.Equal((compression, level), (options.Compression, options.Level));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":3")]
    [InlineData("brotli")]
    [InlineData("4")]
    [InlineData("zstd:fast")]
    [InlineData("zstd:-1")]
    [InlineData("zstd:1:2")]
    public void Anything_else_is_refused(string text) =>
        Assert.Equal("IB1903", Assert.Throws<ImageException>(() => CompressionChoice.Apply(text, new SquashFsOptions())).Id);
}
