using ImageBuilder.Formats;
using ImageBuilder.Formats.Cpio;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Inspection.Differences;
using ImageBuilder.Pipeline.Inspection.Reports;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Pipeline.Tests.Inspection;

/// <summary>Which SquashFS images of a live ISO make its root, and what their stack shows.</summary>
public class LiveRootTests
{
    private const string Live = "minimal.standard.live.squashfs";

    [Fact]
    public void The_layers_below_the_one_that_the_menu_names_are_stacked_as_overlayfs_would()
    {
        using var folder = new TempFolder();
        Write(folder["ubuntu.iso"], Ubuntu($"boot=casper layerfs-path={Live} --- quiet"));

        using var open = ImageTree.Open(folder["ubuntu.iso"]);

        Assert.Equal(["/casper/minimal.squashfs", "/casper/minimal.standard.squashfs", "/casper/" + Live], open.Layers.Select(layer => layer.Path));
        Assert.Equal(["/etc", "/etc/hostname", "/usr", "/usr/new"], open.Tree.Walk().Select(entry => entry.Path));
        Assert.Equal("live", Samples.Text(open.Tree, "/etc/hostname"));
        using var image = OpenedImage.Open(folder["ubuntu.iso"]);
        Assert.Equal(open.Layers.Sum(layer => layer.Content.Length), image.PackedLength);
        Assert.Equal("IB5201", Assert.Throws<ImageException>(() => ImageTree.OpenSquashFs(folder["ubuntu.iso"])).Id);
    }

    [Fact]
    public void A_folder_that_a_live_ISO_was_unpacked_to_is_that_ISO_unless_it_is_a_root_itself()
    {
        using var folder = new TempFolder();
        var medium = new Tree();
        medium.Put("/live/filesystem.squashfs", Layer(tree => tree.Put("/etc/hostname", Node.File("live"))));
        medium.Put("/isolinux/live.cfg", Node.File("label live\n"));
        Write(folder["live.iso"], medium);
        using (var inspection = ImageInspection.Open(folder["live.iso"]))
            inspection.Unpack(folder["unpacked"], force: false, new SilentReporter(), default);

        using (var iso = OpenedImage.Open(folder["live.iso"]))
        using (var unpacked = OpenedImage.Open(folder["unpacked"]))
        {
            var differences = ImageDiff.Compare(iso, unpacked, new HashSet<string> { "owner" }, default);
            Assert.Empty(differences.Files);
            Assert.Empty(differences.Medium);
            Assert.Equal(iso.PackedLength, unpacked.PackedLength);
        }
        using (var plain = ImageTree.Open(folder["unpacked"]))
            Assert.NotNull(plain.Tree.Resolve("/live/filesystem.squashfs"));
        File.Copy(folder["unpacked/live/filesystem.squashfs"], folder["unpacked/live/other.squashfs"]);
        File.Move(folder["unpacked/live/filesystem.squashfs"], folder["unpacked/live/some.squashfs"]);
        AssertPlain();
        File.Delete(folder["unpacked/live/other.squashfs"]);
        Directory.CreateDirectory(folder["unpacked/etc"]);
        AssertPlain();

        void AssertPlain()
        {
            using var opened = OpenedImage.Open(folder["unpacked"]);
            Assert.Null(opened.Medium);
            Assert.NotNull(opened.Tree.Resolve("/live/some.squashfs"));
        }
    }

    [Fact]
    public void The_layer_that_the_initramfs_names_counts_when_the_menu_names_none()
    {
        var tree = Ubuntu("boot=casper quiet");
        tree.Put("/casper/initrd", Initramfs("LAYERFS_PATH=minimal.standard.squashfs\n"));
        Assert.Equal(["/casper/minimal.squashfs", "/casper/minimal.standard.squashfs"], LiveRoot.Find("ubuntu.iso", tree));
    }

    [Fact]
    public void Without_a_named_layer_all_of_casper_are_stacked_by_name_as_it_does()
    {
        var tree = Ubuntu("boot=casper quiet");
        tree.Put("/casper/initrd", Initramfs("# nothing\n"));
        tree.Put("/casper/more/deeper.squashfs", Layer(_ => { }));
        Assert.Equal(["/casper/minimal.squashfs", "/casper/minimal.standard.live.squashfs", "/casper/minimal.standard.ru.squashfs", "/casper/minimal.standard.squashfs"], LiveRoot.Find("ubuntu.iso", tree));
    }

    [Fact]
    public void The_manifest_of_its_stack_puts_the_layers_of_one_of_our_own_in_order()
    {
        var tree = new Tree();
        var layer = new StackBlob(new string('0', 64), 4096);
        tree.Put("/live/root.squashfs", Layer(_ => { }));
        tree.Put("/live/root-1.squashfs", Layer(_ => { }));
        tree.Put("/live/stack.json", Node.File(Content.From(new StackManifest { Name = "sample", Version = "1", Layers = [layer, layer] }.ToBytes())));
        Assert.Equal(["/live/root-1.squashfs", "/live/root.squashfs"], LiveRoot.Find("ours.iso", tree));
        tree.Remove("/live/root-1.squashfs");
        Assert.Equal("IB7800", Assert.Throws<ImageException>(() => LiveRoot.Find("ours.iso", tree)).Id);
    }

    [Fact]
    public void A_layer_that_is_not_there_is_named()
    {
        var error = Assert.Throws<ImageException>(() => LiveRoot.Find("ubuntu.iso", Ubuntu("layerfs-path=minimal.other.live.squashfs")));
        Assert.Equal("IB7800", error.Id);
        Assert.Contains("/casper/minimal.other.squashfs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_images_of_another_system_are_not_guessed_among()
    {
        var tree = new Tree();
        tree.Put("/live/one.squashfs", Layer(_ => { }));
        tree.Put("/live/two.squashfs", Layer(_ => { }));
        Assert.Equal("IB5201", Assert.Throws<ImageException>(() => LiveRoot.Find("other.iso", tree)).Id);
        tree.Put("/live/filesystem.squashfs", Layer(_ => { }));
        Assert.Equal(["/live/filesystem.squashfs"], LiveRoot.Find("other.iso", tree));
    }

    /// <summary>A medium as Ubuntu lays it out: the live layer changes a file, one between deletes a file and replaces a folder, and one for a language is not used.</summary>
    private static Tree Ubuntu(string commandLine)
    {
        var tree = new Tree();
        tree.Put("/boot/grub/grub.cfg", Node.File($"menuentry \"Try\" {{\n linux /casper/vmlinuz {commandLine}\n initrd /casper/initrd\n}}\n"));
        tree.Put("/casper/vmlinuz", Node.File("kernel"));
        tree.Put("/casper/initrd", Initramfs(""));
        tree.Put("/casper/minimal.squashfs", Layer(root =>
        {
            root.Put("/etc/hostname", Node.File("minimal"));
            root.Put("/etc/gone", Node.File("x"));
            root.Put("/usr/old", Node.File("x"));
        }));
        tree.Put("/casper/minimal.standard.squashfs", Layer(root =>
        {
            root.Put("/etc/gone", Node.Device(NodeKind.CharacterDevice, 0, 0));
            root.Put("/usr/new", Node.File("y"));
            TreeMerge.SetOpaque(root.EnsureDirectory("/usr"));
        }));
        tree.Put("/casper/" + Live, Layer(root => root.Put("/etc/hostname", Node.File("live"))));
        tree.Put("/casper/minimal.standard.ru.squashfs", Layer(root => root.Put("/etc/language", Node.File("ru"))));
        return tree;
    }

    private static Node Layer(Action<Tree> fill)
    {
        var tree = new Tree();
        fill(tree);
        using var image = new MemoryStream();
        SquashFsWriter.Write(tree, image, new SquashFsOptions());
        return Node.File(Content.From(image.ToArray()));
    }

    private static Node Initramfs(string configuration)
    {
        var tree = new Tree();
        tree.Put("/conf/conf.d/default-layer.conf", Node.File(configuration));
        using var archive = new MemoryStream();
        CpioWriter.Write(tree, archive);
        return Node.File(Content.From(archive.ToArray()));
    }

    private static void Write(string path, Tree tree)
    {
        using var file = File.Create(path);
        IsoImage.Layout(tree, new IsoOptions { VolumeId = "UBUNTU", Time = DateTimeOffset.UnixEpoch }).Write(file);
    }
}
