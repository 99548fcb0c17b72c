using ImageBuilder.Formats;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Inspection.Differences;

namespace ImageBuilder.Pipeline.Tests;

/// <summary>The kernel is the judge: it mounts the layers, and what it shows is compared with what was to be seen.</summary>
public sealed class LayerPackTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly Stack<string> mounts = new();

    public void Dispose()
    {
        while (mounts.TryPop(out var mount))
            Tool.Run("umount", mount);
        folder.Dispose();
    }

    [RootFact("mount", "umount", "sh", "tar", "setfattr")]
    public void An_upper_becomes_a_layer_over_which_the_same_tree_is_seen()
    {
        Disk();
        Run("mkdir -p disk/lower/keep disk/lower/replaced/old disk/lower/moved/sub disk/lower/emptied; cd disk/lower; echo 1 > keep/file; echo 2 > keep/gone; echo 3 > replaced/old/file; echo 4 > moved/sub/file; echo 5 > emptied/file; ln keep/file keep/link; echo big > metadata; chmod 1777 emptied");
        Layer("disk/lower", "lower.squashfs", LayerSource.Folder);
        Mount("-o", "loop,ro", folder["lower.squashfs"], Folder("base"));
        Run("mkdir disk/upper disk/work");
        Mount("-t", "overlay", "overlay", "-o", $"redirect_dir=on,metacopy=on,xino=on,lowerdir={folder["base"]},upperdir={folder["disk/upper"]},workdir={folder["disk/work"]}", Folder("live"));
        Run("cd live; rm keep/gone; rm -r replaced; mkdir replaced; echo new > replaced/new; mv moved elsewhere; echo 6 > elsewhere/added; rm emptied/file; chmod 600 metadata; echo more >> keep/file; setfattr -n user.note -v x keep; mkdir deep; mkdir deep/er; touch -d @1000000000 deep/er deep keep; rm -r emptied; echo now-a-file > emptied");
        Run("tar --xattrs --xattrs-include='*' --numeric-owner -C live -cf expected.tar .");
        Unmount();

        var refused = Assert.Throws<ImageException>(() => Layer("disk/upper", "no.squashfs"));
        Assert.Equal("IB6152", refused.Id);
        Assert.False(File.Exists(folder["no.squashfs"]));

        Layer("disk/upper", "layer.squashfs", LayerSource.Auto, folder["base"]);
        Assert.Empty(Marks("layer.squashfs", name => name is not ("trusted.overlay.opaque" or "user.note")));
        SeenAs("expected.tar", "layer.squashfs", "lower.squashfs");
    }

    [RootFact("mount", "umount", "sh", "tar")]
    public void A_containers_layer_deletes_and_replaces_over_the_layers_below_and_nowhere_else()
    {
        Run("mkdir -p lower/etc/conf.d lower/app/v1 lower/kept; echo a > lower/etc/a; echo b > lower/etc/b; echo c > lower/app/v1/c; echo d > lower/kept/d; echo e > lower/etc/conf.d/e");
        Run("mkdir -p oci/etc oci/app/v2 oci/fresh; touch oci/etc/.wh.a oci/etc/.wh.conf.d oci/app/.wh..wh..opq oci/fresh/.wh.nothing oci/.wh..wh.plnk; echo new > oci/app/v2/c; tar --numeric-owner --owner=0 --group=0 --mode=u=rwX,go=rX -C oci -czf oci.tar.gz .");
        Run("mkdir -p expected/etc expected/app/v2 expected/kept expected/fresh; echo b > expected/etc/b; echo new > expected/app/v2/c; echo d > expected/kept/d; for path in $(cd expected; find . -mindepth 1); do if [ -e oci/$path ]; then touch -r oci/$path expected/$path; else touch -r lower/$path expected/$path; fi; done; touch -r oci expected; tar --numeric-owner --mode=u=rwX,go=rX -C expected -cf expected.tar .");
        Layer("lower", "lower.squashfs");
        Layer("oci.tar.gz", "layer.squashfs", LayerSource.Auto, folder["lower"]);
        Assert.Null(Read("layer.squashfs").Find("/fresh/nothing"));
        SeenAs("expected.tar", "layer.squashfs", "lower.squashfs");
    }

    [RootFact("mount", "umount", "sh", "setfattr", "mknod")]
    public void A_folder_with_layers_in_it_shows_them_when_it_is_mounted()
    {
        Disk();
        Run("mkdir -p disk/tree/store/opaque disk/tree/store/plain; mknod disk/tree/store/plain/gone c 0 0; setfattr -n trusted.overlay.opaque -v y disk/tree/store/opaque");
        Layer("disk/tree", "layer.squashfs", LayerSource.Folder);
        Run("mkdir none");
        Mount("-o", "loop,ro", folder["layer.squashfs"], Folder("layer"));
        Mount("-t", "overlay", "overlay", "-o", $"ro,lowerdir={folder["layer"]}:{folder["none"]}", Folder("shown"));
        Assert.Equal("y", Attribute("shown/store/opaque", "trusted.overlay.opaque"));
        Assert.Equal("x", Attribute("shown/store/plain", "trusted.overlay.opaque"));
        Assert.Equal("y", Attribute("shown/store/plain/gone", "trusted.overlay.whiteout"));
    }

    [RootFact("sh", "mknod")]
    public void What_a_folder_with_marks_is_taken_as_is_said_and_can_be_said_otherwise()
    {
        Run("mkdir -p tree/d; mknod tree/d/gone c 0 0; touch tree/.wh.file");
        var said = Warnings("tree", "upper.squashfs", LayerSource.Auto);
        Assert.Contains("taken as the upper folder", Assert.Single(said), StringComparison.Ordinal);
        Assert.True(Read("upper.squashfs").Find("/d/gone")!.IsWhiteout);
        Assert.Contains(".wh.file", Assert.Single(Warnings("tree", "folder.squashfs", LayerSource.Folder)), StringComparison.Ordinal);
        Assert.Equal(NodeKind.File, Read("folder.squashfs").Find("/d/gone")!.Kind);
    }

    [Fact]
    public void What_does_not_fit_together_is_refused()
    {
        Directory.CreateDirectory(folder["tree"]);
        File.WriteAllText(folder["file"], "");
        Assert.Equal("IB5156", Assert.Throws<ImageException>(() => Layer("tree", "x", LayerSource.Tar)).Id);
        Assert.Equal("IB5156", Assert.Throws<ImageException>(() => Layer("file", "x", LayerSource.Upper)).Id);
        Assert.Equal("IB5157", Assert.Throws<ImageException>(() => Layer("tree", "x", LayerSource.Upper, folder["file"])).Id);
        Assert.Equal("IB5157", Assert.Throws<ImageException>(() => Layer("tree", "x", LayerSource.Folder, folder["tree"])).Id);
        Assert.Equal("IB3032", Assert.Throws<ImageException>(() => Layer("nothing", "x")).Id);
    }

    private void SeenAs(string expected, params string[] layers)
    {
        foreach (var layer in layers)
            Mount("-o", "loop,ro", folder[layer], Folder("mounted-" + layer));
        Mount("-t", "overlay", "overlay", "-o", $"ro,redirect_dir=nofollow,metacopy=off,lowerdir={string.Join(':', layers.Select(layer => folder["mounted-" + layer]))}", Folder("seen"));
        Run("tar --xattrs --xattrs-include='*' --numeric-owner -C seen -cf seen.tar .");
        using var left = ImageTree.Open(folder[expected]);
        using var right = ImageTree.Open(folder["seen.tar"]);
        var found = TreeDiff.Compare(left.Tree, right.Tree, new HashSet<string>(), CancellationToken.None);
        Assert.Equal("", string.Join('\n', found.Select(difference => difference.ToString())));
    }

    private IEnumerable<string> Marks(string layer, Func<string, bool> unwanted) =>
        Read(layer).Walk().Where(entry => entry.Node.HasXattrs).SelectMany(entry => entry.Node.Xattrs.Keys.Where(unwanted).Select(name => $"{entry.Path} {name}"));

    private Tree Read(string layer)
    {
        using var image = ImageTree.Open(folder[layer]);
        return image.Tree;
    }

    private string Attribute(string path, string name) => Tool.Run("getfattr", "--only-values", "-h", "-n", name, folder[path]);

    private void Layer(string source, string target, LayerSource kind = LayerSource.Auto, string? lower = null) =>
        new LayerPack(new SilentReporter(), null).Run(folder[source], folder[target], kind, lower, new SquashFsOptions { Level = 1 }, force: false, CancellationToken.None);

    private List<string> Warnings(string source, string target, LayerSource kind)
    {
        var reporter = new SilentReporter();
        new LayerPack(reporter, null).Run(folder[source], folder[target], kind, null, new SquashFsOptions { Level = 1 }, force: false, CancellationToken.None);
        return [.. reporter.Warnings];
    }

    private void Disk() => Mount("-t", "tmpfs", "tmpfs", Folder("disk"));

    private string Folder(string name) => Directory.CreateDirectory(folder[name]).FullName;

    private void Mount(params string[] arguments)
    {
        Tool.Run("mount", arguments);
        mounts.Push(arguments[^1]);
    }

    private void Unmount() => Tool.Run("umount", mounts.Pop());

    private void Run(string script) => Tool.Run("sh", "-euc", $"umask 022; cd '{folder.Path}'; {script}");
}
