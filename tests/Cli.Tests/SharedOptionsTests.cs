using ImageBuilder.Cli.Commands;
using ImageBuilder.Formats;

namespace ImageBuilder.Cli.Tests;

public class SharedOptionsTests
{
    [Fact]
    public void Pairs_of_set_become_variables_and_the_last_of_a_name_counts() =>
        Assert.Equal(new Dictionary<string, string> { ["a"] = "2", ["b"] = "x=y", ["c"] = "" }, SharedOptions.Variables(["a=1", "b=x=y", "c=", "a=2"]));

    [Theory]
    [InlineData("name")]
    [InlineData("=value")]
    public void A_pair_without_name_or_value_is_refused(string pair) =>
        Assert.Equal("IB1900", Assert.Throws<ImageException>(() => SharedOptions.Variables([pair])).Id);
}
