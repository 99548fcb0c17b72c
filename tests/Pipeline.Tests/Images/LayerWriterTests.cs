using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Images;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Tests.Images;

public class LayerWriterTests
{
    [Fact]
    public void What_the_boot_order_lists_lies_first()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["live.order"], "/dir/e\n/b\n");
        var tree = new Tree();
        foreach (var name in (string[])["a", "b", "c", "dir/d", "dir/e"])
            tree.Put("/" + name, Node.File(Content.From(Noise(name[^1]))));

        Assert.Equal("abcde", Order(""));
        Assert.Equal("ebacd", Order("bootOrder: ./live.order\n"));

        string Order(string key)
        {
            var plan = SpecLoader.Load("schema: 1\nname: live\nbase: { debian: { suite: trixie } }\ncompression: none\n" + key, "live.yaml", folder.Path, new Dictionary<string, string>(), "amd64").Plan!;
            LayerWriter.Write(plan, DateTimeOffset.FromUnixTimeSeconds(Samples.Time), tree, folder["layer"], 1, null, new SilentReporter(), CancellationToken.None);
            var bytes = File.ReadAllBytes(folder["layer"]);
            return string.Concat("abcde".OrderBy(name => bytes.AsSpan().IndexOf(Noise(name))));
        }
    }

    private static byte[] Noise(int seed)
    {
        var bytes = new byte[8192];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
