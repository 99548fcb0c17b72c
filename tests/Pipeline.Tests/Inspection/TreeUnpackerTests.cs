using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Sources;
using ImageBuilder.Update.Folders;

namespace ImageBuilder.Pipeline.Tests.Inspection;

/// <summary>A tree on disk is the tree, stays inside its folder, and is there whole or not at all.</summary>
public sealed class TreeUnpackerTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly SilentReporter listener = new();

    private string Target => folder["parent/target"];

    public void Dispose() => folder.Dispose();

    [RootFact]
    public void What_is_unpacked_is_found_by_looking_at_the_folder()
    {
        var tree = Sample();
        Unpack(tree);
        Assert.Equal(Lines(tree), Lines(FolderScanner.ScanTree(Target)));
        Assert.Empty(listener.Warnings);
    }

    [RootFact("unsquashfs", "tar")]
    public void An_image_is_unpacked_as_unsquashfs_does_it()
    {
        var image = folder["image.squashfs"];
        using (var output = File.Create(image))
            SquashFsWriter.Write(Sample(), output, new SquashFsOptions { BlockSize = 4096 });
        Tool.Run("unsquashfs", "-no-progress", "-quiet", "-d", folder["theirs"], image);
        using (var open = ImageTree.Open(image))
            Unpack(open.Tree);
        Assert.Equal(Lines(FolderScanner.ScanTree(folder["theirs"])), Lines(FolderScanner.ScanTree(Target)));
    }

    [Fact]
    public void Links_are_made_and_never_followed()
    {
        // The folder that a link points to has the name of another folder: nothing may end up in it.
        var outside = Directory.CreateDirectory(folder["outside"]).FullName;
        var tree = new Tree();
        tree.Put("/a", Node.Symlink(outside));
        tree.Put("/b/file", Node.File("inside"));
        tree.Put("/c", Node.Symlink("../../outside"));
        Owned(tree);
        Unpack(tree);
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
        Assert.Equal(outside, new FileInfo(Path.Combine(Target, "a")).LinkTarget);
        Assert.Equal("inside", File.ReadAllText(Path.Combine(Target, "b/file")));
    }

    [Fact]
    public void A_folder_with_names_that_are_no_text_is_replaced_and_nothing_of_it_stays()
    {
        var tree = new Tree();
        var inside = Node.Directory();
        inside.Children[EntryName.From([0xff, (byte)'x', 0xfe])] = Node.File("inside");
        tree.Root.Children[EntryName.From([(byte)'d', 0xff])] = inside;
        Owned(tree);
        Unpack(tree);
        TreeUnpacker.Unpack(tree, Target, force: true, listener, CancellationToken.None);
        Assert.Equal(Lines(tree), Lines(FolderScanner.ScanTree(Target)));
        Assert.Equal([Target], Directory.EnumerateFileSystemEntries(folder["parent"]));
    }

    [ToolFact("mkfifo")]
    public void A_named_pipe_is_refused_without_waiting_for_a_writer()
    {
        Tool.Run("mkfifo", folder["pipe"]);
        Assert.Equal("IB3032", Assert.Throws<ImageException>(() => ImageTree.Open(folder["pipe"])).Id);
        using var files = new OpenFiles();
        Assert.Equal("IB3042", Assert.Throws<ImageException>(() => files.Open(folder["pipe"])).Id);
    }

    [Fact]
    public void A_folder_that_holds_something_is_left_alone_without_force_and_replaced_with_it()
    {
        Directory.CreateDirectory(Target);
        File.WriteAllText(Path.Combine(Target, "mine"), "kept");
        var tree = Owned(new Tree());
        tree.Put("/new", Owned(Node.File("x")));
        Assert.Equal("IB5003", Assert.Throws<ImageException>(() => Unpack(tree)).Id);
        Assert.Equal(["mine"], Names());
        Unpack(tree, force: true);
        Assert.Equal(["new"], Names());
    }

    [Fact]
    public void An_empty_folder_is_filled()
    {
        Directory.CreateDirectory(Target);
        var tree = Owned(new Tree());
        tree.Put("/new", Owned(Node.File("x")));
        Unpack(tree);
        Assert.Equal(["new"], Names());
    }

    [Fact]
    public void Damaged_content_leaves_nothing_behind_and_names_the_file()
    {
        var tree = Owned(new Tree());
        for (var i = 0; i < 200; i++)
            tree.Put($"/good{i}", Owned(Node.File($"{i}")));
        tree.Put("/sub/bad", Owned(Node.File(new Damaged())));
        var error = Assert.Throws<ImageException>(() => Unpack(tree));
        Assert.Equal("IB2126", error.Id);
        Assert.StartsWith("/sub/bad: ", error.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["parent"]));
    }

    [Fact]
    public void An_interrupt_leaves_nothing_behind()
    {
        using var cancel = new CancellationTokenSource();
        var tree = Owned(new Tree());
        tree.Put("/first", Owned(Node.File(new Interrupting(cancel))));
        for (var i = 0; i < 1000; i++)
            tree.Put($"/more{i}", Owned(Node.File($"{i}")));
        Assert.Throws<OperationCanceledException>(() => TreeUnpacker.Unpack(tree, Target, false, listener, cancel.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["parent"]));
    }

    [Fact]
    public void What_fails_after_an_interrupt_does_not_hide_it()
    {
        using var cancel = new CancellationTokenSource();
        using var broken = cancel.Token.Register(() => throw new IOException("a listener that fails"));
        var tree = Owned(new Tree());
        tree.Put("/first", Owned(Node.File(new Interrupting(cancel))));
        Assert.Throws<OperationCanceledException>(() => TreeUnpacker.Unpack(tree, Target, false, listener, cancel.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["parent"]));
    }

    [Fact]
    public void More_than_the_disk_can_hold_is_refused_before_anything_is_written()
    {
        var tree = Owned(new Tree());
        tree.Put("/huge", Owned(Node.File(new Endless(1L << 55))));
        Assert.Equal("IB5202", Assert.Throws<ImageException>(() => Unpack(tree)).Id);
    }

    [ToolFact("stat")]
    public void Holes_stay_holes()
    {
        var image = folder["image.squashfs"];
        var tree = Owned(new Tree());
        byte[] bytes = [.. "begin"u8, .. new byte[32 << 20], .. "end"u8];
        tree.Put("/file", Owned(Node.File(Content.From(bytes))));
        using (var output = File.Create(image))
            SquashFsWriter.Write(tree, output, new SquashFsOptions { BlockSize = 4096 });
        using (var open = ImageTree.Open(image))
            Unpack(open.Tree);
        var file = Path.Combine(Target, "file");
        Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(bytes));
        Assert.InRange(long.Parse(Tool.Run("stat", "--format=%b", file), CultureInfo.InvariantCulture), 1, 200);
    }

    [Fact]
    public void A_path_longer_than_Linux_opens_is_refused_and_leaves_nothing_behind()
    {
        var tree = Owned(new Tree());
        var directory = tree.Root;
        for (var depth = 0; depth < 21; depth++)
            directory = directory.Children[new string('d', 200)] = Owned(Node.Directory());
        var error = Assert.Throws<ImageException>(() => Unpack(tree));
        Assert.Equal((ImageErrorKind.LimitExceeded, "IB5205"), (error.Kind, error.Id));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["parent"]));
        directory = tree.Root.Children.Values.Single();
        for (var depth = 1; depth < 18; depth++)
            directory = directory.Children.Values.Single();
        directory.Children.Clear();
        Unpack(tree);
        Assert.Single(Names());
    }

    [Fact]
    public void Only_what_was_asked_for_is_selected_with_the_folders_above_it()
    {
        var tree = Sample();
        var selected = TreeSelection.Of(tree, ["/folder/inner/two", "files/text"]);
        Assert.Equal(["/files", "/files/text", "/folder", "/folder/inner", "/folder/inner/two"], selected.Walk().Select(entry => entry.Path));
        Assert.Equal(tree.Find("/folder")!.Mode, selected.Find("/folder")!.Mode);
        Assert.Same(tree, TreeSelection.Of(tree, ["/"]));
        Assert.Equal("IB5204", Assert.Throws<ImageException>(() => TreeSelection.Of(tree, ["/folder/nothing"])).Id);
        Assert.Equal("IB5204", Assert.Throws<ImageException>(() => TreeSelection.Of(tree, ["/folder/../files"])).Id);
    }

    private void Unpack(Tree tree, bool force = false) => TreeUnpacker.Unpack(tree, Target, force, listener, CancellationToken.None);

    private string[] Names() => [.. Directory.EnumerateFileSystemEntries(Target).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    /// <summary>Makes nodes the caller's, so that tests need no root.</summary>
    private static Node Owned(Node node)
    {
        (node.Uid, node.Gid) = Caller;
        return node;
    }

    private static readonly (uint, uint) Caller = (Id("-u"), Id("-g"));

    private static uint Id(string which) => uint.Parse(Tool.Run("id", which).Trim(), CultureInfo.InvariantCulture);

    private static Tree Owned(Tree tree)
    {
        Owned(tree.Root);
        foreach (var (_, node) in tree.Walk())
            Owned(node);
        return tree;
    }

    private static Tree Sample()
    {
        var tree = new Tree();
        tree.Root.Mode = UnixMode.Octal0700;
        tree.Put("/files/text", new Node(NodeKind.File) { Content = Content.From("text"), Mode = UnixMode.Octal0640, Uid = 1000, Gid = 4242, ModifiedTime = 1_000_000_007 });
        tree.Put("/files/set-uid", new Node(NodeKind.File) { Content = Content.From(new byte[100_000]), Mode = 0b110_111_101_101, Uid = 5, Gid = 6, ModifiedTime = 5 });
        tree.Put("/files/large", Node.File(Content.From(Enumerable.Range(0, 3_000_000).Select(i => (byte)(i * i >> 7)).ToArray())));
        tree.Put("/files/linked", tree.Find("/files/text")!);
        tree.Put("/folder/inner/two", tree.Find("/files/text")!);
        tree.Put("/folder/inner/sticky", new Node(NodeKind.Directory) { Mode = 0b001_111_111_111, Uid = 9, ModifiedTime = 99 });
        tree.Put("/link", new Node(NodeKind.Symlink) { Target = "nowhere/at/all"u8.ToArray(), Uid = 3, Gid = 4, ModifiedTime = 77 });
        tree.Put("/link too", tree.Find("/link")!);
        tree.Put("/dev/null", new Node(NodeKind.CharacterDevice) { DeviceMajor = 1, DeviceMinor = 3, Mode = 0b110_110_110 });
        tree.Put("/dev/large", new Node(NodeKind.BlockDevice) { DeviceMajor = 259, DeviceMinor = 1_000_003 });
        tree.Put("/dev/fifo", new Node(NodeKind.Fifo));
        tree.Put("/dev/socket", new Node(NodeKind.Socket));
        tree.Put("/whiteout", Node.Device(NodeKind.CharacterDevice, 0, 0));
        var capable = Node.File("ping");
        capable.Xattrs["security.capability"] = Convert.FromHexString("0100000200200000000000000000000000000000");
        tree.Put("/capable", capable);
        var opaque = Node.Directory();
        opaque.Xattrs["trusted.overlay.opaque"] = "y"u8.ToArray();
        tree.Put("/opaque", opaque);
        tree.Root.Children[EntryName.From([0xFF, (byte)'\n', 0x80])] = Node.File("no UTF-8");
        return tree;
    }

    private static string[] Lines(Tree tree)
    {
        var first = new Dictionary<Node, string>();
        return [.. tree.Walk().Prepend(("/", tree.Root)).Select(entry =>
        {
            var (path, node) = entry;
            if (!first.TryAdd(node, path))
                return $"{path} = {first[node]}";
            var content = node.Kind == NodeKind.File ? Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(node.Content.ToArray())) : node.TargetText;
            return $"{path} {UnixMode.Text(node.Kind, node.Mode)} {node.Uid}:{node.Gid} @{node.ModifiedTime} {node.DeviceMajor}:{node.DeviceMinor} {content} "
                + string.Join(' ', node.Xattrs.Select(xattr => $"{xattr.Key}={Convert.ToHexString(xattr.Value)}"));
        })];
    }

    private class Endless(long length) : Content
    {
        public override long Length => length;

        public override void Read(long offset, Span<byte> buffer) => buffer.Clear();
    }

    private sealed class Damaged() : Endless(5000)
    {
        public override void Read(long offset, Span<byte> buffer) => throw new ImageException(ImageErrorKind.Corrupt, "IB2126", "damaged");
    }

    private sealed class Interrupting(CancellationTokenSource cancel) : Endless(10)
    {
        public override void Read(long offset, Span<byte> buffer) => cancel.Cancel();
    }
}
