using ImageBuilder.Update.Data;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Init.Tests.Roots;

public class LayerMountsTests
{
    private static readonly StackManifest Shipped = Stack(("a", 5_000_000), ("b", 9_000_000));

    [Fact]
    public void A_medium_has_the_top_layer_under_the_images_name_and_those_below_with_numbers()
    {
        string[] files = ["/live/root.squashfs", "/live/root-1.squashfs", "/live/root-2.squashfs", "/live/root-4.squashfs"];
        Assert.Equal(files[..3], LayerMounts.Names("/live/root.squashfs", files.Contains));
        Assert.Equal(["/casper/minimal"], LayerMounts.Names("/casper/minimal", _ => false));
    }

    [Fact]
    public void Layers_come_from_the_store_first_and_else_from_where_the_factory_stack_lies()
    {
        var places = LayerMounts.Places(Shipped, FactoryPartition.LayOut(Shipped), "/dev/vda6", file => file.Contains(Digest("b"), StringComparison.Ordinal) ? 9_000_000 : null);
        Assert.Equal(("/dev/vda6", 1L << 20, 5_000_000L), (places[0].File, places[0].Offset, places[0].Length));
        Assert.Equal(($"/run/ib/data{DataLayout.Layers}/{Digest("b")}.squashfs", 0L, null), (places[1].File, places[1].Offset, places[1].Length));
    }

    [Fact]
    public void A_stack_shares_layers_with_the_factory_stack()
    {
        var places = LayerMounts.Places(Stack(("c", 1000), ("b", 9_000_000)), FactoryPartition.LayOut(Shipped), "/dev/vda6", file => file.Contains(Digest("c"), StringComparison.Ordinal) ? 1000 : null);
        Assert.Equal(FactoryPartition.LayOut(Shipped).Offsets[1], places[1].Offset);
    }

    [Fact]
    public void A_layer_of_the_wrong_length_in_the_store_is_not_used()
    {
        Assert.Equal("/dev/vda6", LayerMounts.Places(Shipped, FactoryPartition.LayOut(Shipped), "/dev/vda6", _ => 17)[0].File);
        var error = Assert.Throws<BootException>(() => LayerMounts.Places(Shipped, null, "", _ => 17));
        Assert.Contains("has 17 bytes instead of 5000000", error.Message);
    }

    [Fact]
    public void A_layer_that_is_nowhere_is_named() =>
        Assert.Contains(Digest("a"), Assert.Throws<BootException>(() => LayerMounts.Places(Shipped, null, "", _ => null)).Message);

    private static StackManifest Stack(params (string Digit, long Size)[] layers) =>
        new() { Name = "test", Version = "1", Layers = [.. layers.Select(layer => new StackBlob(Digest(layer.Digit), layer.Size))] };

    private static string Digest(string digit) => new(digit[0], 64);
}
