using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Init.Tests;

public class LiveStackTests
{
    private static readonly StackManifest Stack = new()
    {
        Name = "live",
        Version = "1.0.0",
        Layers = [new StackBlob(new string('a', 64), 1000), new StackBlob(new string('b', 64), 2000)],
    };

    [Fact]
    public void The_layers_on_the_medium_are_those_of_its_stack() => Assert.Null(LiveStack.WhyNot(Stack, [1000, 2000]));

    [Theory]
    [InlineData(1000)]
    [InlineData(2000, 1000)]
    [InlineData(1000, 2001)]
    public void A_layer_that_was_exchanged_makes_it_another_stack(params int[] lengths) =>
        Assert.StartsWith("its layers have 1000, 2000 bytes", LiveStack.WhyNot(Stack, [.. lengths.Select(length => (long)length)]));
}
