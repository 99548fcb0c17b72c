using ImageBuilder.Formats;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Images;

namespace ImageBuilder.Pipeline.Tests.Images;

public sealed class LowerLayersTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly LowerLayers layers = new();
    private readonly List<string> warnings = [];

    public void Dispose()
    {
        layers.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Images_show_together_what_a_mount_would_and_are_kept_lowest_first()
    {
        Add("base", ("/d/a", Node.File("a")), ("/d/b", Node.File("b")), ("/c", Node.File("c")));
        Add("top", ("/d/a", Whiteout()), ("/d/new", Node.File("new")));
        Assert.Equal(["/c", "/d", "/d/b", "/d/new"], layers.Shown.Walk().Select(entry => entry.Path));
        Assert.Equal([Length("base"), Length("top")], layers.Images.Select(image => image.Content.Length));
        Assert.Empty(warnings);
    }

    [Fact]
    public void A_layer_that_two_others_stand_on_is_there_once_and_its_tree_can_be_used_again()
    {
        Add("base", ("/a", Node.File("a")));
        using var others = new LowerLayers();
        foreach (var (image, tree) in layers.All.Concat(layers.All))
            others.Add(image, tree);
        Assert.Single(others.All);
        others.Shown.Find("/a")!.Mode = UnixMode.Octal0600;
        Assert.Equal(UnixMode.Octal0644, layers.All[0].Tree.Find("/a")!.Mode);
    }

    [Fact]
    public void A_whiteout_that_would_show_as_a_broken_file_is_warned_of()
    {
        Add("base", ("/d/a", Node.File("a")));
        Add("top", ("/d/a", Whiteout()), ("/fresh/gone", Whiteout()));
        Assert.Contains("/fresh/gone", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_layer_is_refused_by_name()
    {
        File.WriteAllText(folder["text"], "no image");
        var error = Assert.Throws<ImageException>(() => layers.Add(folder["text"], warnings.Add));
        Assert.Equal("IB5155", error.Id);
        var moved = Node.Directory();
        moved.Xattrs["trusted.overlay.redirect"] = "/old"u8.ToArray();
        error = Assert.Throws<ImageException>(() => Add("moved", ("/new", moved)));
        Assert.Equal("IB3040", error.Id);
        Assert.Contains(folder["moved"], error.Message, StringComparison.Ordinal);
    }

    private long Length(string name) => new FileInfo(folder[name]).Length;

    private void Add(string name, params (string Path, Node Node)[] nodes)
    {
        var tree = new Tree();
        foreach (var (path, node) in nodes)
            tree.Put(path, node);
        using (var file = File.Create(folder[name]))
            SquashFsWriter.Write(tree, file, new SquashFsOptions { Level = 1 });
        layers.Add(folder[name], warnings.Add);
    }

    private static Node Whiteout() => Node.Device(NodeKind.CharacterDevice, 0, 0);
}
