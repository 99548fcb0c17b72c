using ImageBuilder.Formats;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection;

namespace ImageBuilder.Pipeline.Tests.Inspection;

public class ReadOrderTests
{
    [Fact]
    public void What_a_machine_read_of_a_layer_in_an_ISO_comes_out_in_order_each_file_once()
    {
        using var folder = new TempFolder();
        var (layer, image) = Layer();
        var tree = new Tree();
        tree.Put("/live/filesystem.squashfs", Node.File(Content.From(layer)));
        using (var iso = File.Create(folder["a.iso"]))
            IsoImage.Layout(tree, new IsoOptions { VolumeId = "A", Time = DateTimeOffset.UnixEpoch }).Write(iso);
        var start = File.ReadAllBytes(folder["a.iso"]).AsSpan().IndexOf(layer.AsSpan(0, 96));
        string Read(string drive, long offset, long length) => $"123@4.5:blk_co_preadv blk {drive} bs 0x9 offset {offset} bytes {length} flags 0x0";

        var order = ReadOrder.Of(folder["a.iso"],
        [
            "QEMU says something else", Read("0x1", 0, 512), Read("0x2", 32768, 2048),
            Read("0x2", start + Offset("/b"), 1), Read("0x2", start + Offset("/a") - 10, 100), Read("0x2", start + Offset("/b") + 5_000, 8192),
        ]);

        Assert.Equal(["/b", "/a"], order.Take(2));
        Assert.Equal(order.Count, order.Distinct().Count());
        Assert.Equal("IB5440", Assert.Throws<ImageException>(() => ReadOrder.Of(folder["a.iso"], ["nothing"])).Id);

        // Noise is stored as it is.
        long Offset(string path) => layer.AsSpan().IndexOf(image.ReadTree().Find(path)!.Content.ToArray().AsSpan(0, 64));
    }

    private static (byte[] Bytes, SquashFsImage Image) Layer()
    {
        var random = new Random(1);
        var tree = new Tree();
        foreach (var name in (string[])["/a", "/b", "/c"])
        {
            var bytes = new byte[300_000];
            random.NextBytes(bytes);
            tree.Put(name, Node.File(Content.From(bytes)));
        }
        using var stream = new MemoryStream();
        SquashFsWriter.Write(tree, stream, new SquashFsOptions { Jobs = 1 });
        return (stream.ToArray(), SquashFsImage.Open(Content.From(stream.ToArray())));
    }
}
