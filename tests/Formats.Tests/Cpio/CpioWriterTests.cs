using System.Text;
using ImageBuilder.Formats.Cpio;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Cpio;

public class CpioWriterTests
{
    [ToolFact("cpio")]
    public void Cpio_lists_every_kind_of_file_with_its_metadata()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["a.cpio"], Archive(Sample()));

        var list = Tool.Run("cpio", "-itvn", "-F", folder["a.cpio"]).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();

        Assert.Equal(
        [
            "drwxr-xr-x 4 0 0 0 Jan 1 1970 .",
            "drwxr-xr-x 2 0 0 0 Jan 1 1970 dev",
            "crw------- 1 0 0 5, 1 Jan 1 1970 dev/console",
            "brw-r----- 1 0 6 8, 17 Jan 1 1970 dev/sdb1",
            "drwxr-xr-x 2 0 0 0 Jan 1 1970 etc",
            "-rw-r--r-- 2 1000 1001 0 Jan 1 1970 etc/hosts", // the bytes come with the last name
            "-rw-r--r-- 2 1000 1001 6 Jan 1 1970 etc/hosts.copy",
            "lrwxrwxrwx 1 0 0 5 Jan 1 1970 etc/link -> hosts",
            "prw-r--r-- 1 0 0 0 Jan 1 1970 fifo",
            "-rwsr-xr-x 1 0 0 5 Jan 1 1970 init",
        ], list);
    }

    [ToolFact("bsdtar")]
    public void Bsdtar_unpacks_contents_and_hard_links()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["a.cpio"], Archive(Sample()));

        Tool.Run("bsdtar", "-xf", folder["a.cpio"], "-C", folder.Path, "--exclude", "./dev", "--exclude", "dev", "--exclude", "dev/*");

        Assert.Equal("hello\n", File.ReadAllText(folder["etc/hosts"]));
        Assert.Equal(Tool.Run("stat", "-c", "%i", folder["etc/hosts"]), Tool.Run("stat", "-c", "%i", folder["etc/hosts.copy"]));
        Assert.Equal("hosts", new FileInfo(folder["etc/link"]).LinkTarget);
    }

    [ToolTheory("cpio")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(3_000_001)]
    public void Data_of_any_length_is_padded_so_that_what_follows_is_found(int length)
    {
        using var folder = new TempFolder();
        var data = new byte[length];
        new Random(length).NextBytes(data);
        var tree = new Tree();
        tree.Put("/a", Node.File(Content.From(data)));
        tree.Put("/after", Node.File("x"));
        File.WriteAllBytes(folder["a.cpio"], Archive(tree));

        Tool.Run("cpio", "-id", "--quiet", "-D", folder.Path, "-F", folder["a.cpio"]);

        Assert.Equal(data, File.ReadAllBytes(folder["a"]));
        Assert.Equal("x", File.ReadAllText(folder["after"]));
    }

    [Fact]
    public void A_name_that_is_not_utf8_keeps_its_bytes()
    {
        var tree = new Tree();
        tree.Root.Children.Add(EntryName.From([0xff, 0xfe]), Node.File("x"));

        Assert.True(Archive(tree).AsSpan().IndexOf((ReadOnlySpan<byte>)[0xff, 0xfe, 0]) > 0);
    }

    [Fact]
    public void The_same_tree_gives_the_same_bytes() => Assert.Equal(Archive(Sample()), Archive(Sample()));

    [Fact]
    public void Another_time_gives_other_bytes()
    {
        using var other = new MemoryStream();
        CpioWriter.Write(Sample(), other, modifiedTime: 1);
        Assert.NotEqual(Archive(Sample()), other.ToArray());
    }

    [Fact]
    public void The_trees_own_times_are_kept_when_none_is_given()
    {
        var tree = new Tree();
        tree.Put("/a", new Node(NodeKind.File) { ModifiedTime = 0x12345678 });
        using var output = new MemoryStream();
        CpioWriter.Write(tree, output);
        Assert.Contains("12345678", Encoding.ASCII.GetString(output.ToArray()));
    }

    [Fact]
    public void A_time_before_1970_is_refused()
    {
        var tree = new Tree();
        tree.Put("/old", new Node(NodeKind.File) { ModifiedTime = -1 });
        var error = Assert.Throws<ImageException>(() => CpioWriter.Write(tree, Stream.Null));
        Assert.Equal("IB2503", error.Id);
        Assert.Contains("/old", error.Message);
    }

    [Fact]
    public void Extended_attributes_are_refused_and_not_lost()
    {
        var tree = Sample();
        tree.Find("/init")!.Xattrs["security.capability"] = [1];
        var error = Assert.Throws<ImageException>(() => CpioWriter.Write(tree, Stream.Null));
        Assert.Equal("IB2502", error.Id);
    }

    [Fact]
    public void A_file_of_4_GiB_is_refused()
    {
        var tree = new Tree();
        tree.Put("/big", Node.File(new Endless(1L << 32)));
        var error = Assert.Throws<ImageException>(() => CpioWriter.Write(tree, Stream.Null));
        Assert.Equal("IB2501", error.Id);
    }

    private static byte[] Archive(Tree tree)
    {
        using var output = new MemoryStream();
        CpioWriter.Write(tree, output, modifiedTime: 0);
        return output.ToArray();
    }

    private static Tree Sample()
    {
        var tree = new Tree();
        tree.Put("/init", new Node(NodeKind.File) { Mode = 0x9ed, Content = Content.From("#!/x\n") }); // 04755
        var hosts = new Node(NodeKind.File) { Content = Content.From("hello\n"), Uid = 1000, Gid = 1001 };
        tree.Put("/etc/hosts", hosts);
        tree.Put("/etc/hosts.copy", hosts);
        tree.Put("/etc/link", Node.Symlink("hosts"));
        tree.Put("/dev/console", new Node(NodeKind.CharacterDevice) { Mode = 0x180, DeviceMajor = 5, DeviceMinor = 1 });
        tree.Put("/dev/sdb1", new Node(NodeKind.BlockDevice) { Mode = 0x1a0, Gid = 6, DeviceMajor = 8, DeviceMinor = 17 });
        tree.Put("/fifo", new Node(NodeKind.Fifo));
        return tree;
    }

    private sealed class Endless(long length) : Content
    {
        public override long Length => length;

        public override void Read(long offset, Span<byte> buffer) => buffer.Clear();
    }
}
