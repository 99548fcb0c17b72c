using ImageBuilder.Formats.Cpio;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection;

namespace ImageBuilder.Pipeline.Tests.Inspection;

public sealed class FirstDifferenceTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Images_that_are_the_same_have_none() => Assert.Empty(Between(_ => { }, _ => { }));

    [Theory]
    [InlineData("content", "/etc/motd: content 6 bytes and 6 bytes, from byte 3 on")]
    [InlineData("mode", "/etc/motd: mode 0644 and 0600")]
    [InlineData("owner", "/etc/motd: owner 0:0 and 7:8")]
    [InlineData("mtime", "/etc/motd: mtime ")]
    [InlineData("xattrs", "/etc/motd: xattrs none and user.x=01")]
    public void A_difference_in_the_root_is_named_through_ISO_and_layer(string what, string expected)
    {
        var lines = Between(_ => { }, tree =>
        {
            var node = tree.Find("/etc/motd")!;
            switch (what)
            {
                case "content": node.Content = Content.From("helXo\n"); break;
                case "mode": node.Mode = 0x180; break;
                case "owner": (node.Uid, node.Gid) = (7, 8); break;
                case "mtime": node.ModifiedTime++; break;
                default: node.Xattrs["user.x"] = [1]; break;
            }
        });
        Assert.StartsWith("a.iso differs from byte ", lines[0]);
        Assert.Contains(lines, line => line.StartsWith("  /live/root.squashfs differs from byte ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("    " + expected, StringComparison.Ordinal));
        // Only one path of the root differs, and no other is named.
        Assert.DoesNotContain(lines, line => line.StartsWith("    /etc/issue", StringComparison.Ordinal));
    }

    [Fact]
    public void A_byte_changed_in_a_finished_ISO_is_named_by_file_structure_and_line()
    {
        Write("a.iso", _ => { });
        var bytes = File.ReadAllBytes(folder["a.iso"]);
        bytes[bytes.AsSpan().IndexOf("set timeout"u8)] = (byte)'S';
        File.WriteAllBytes(folder["b.iso"], bytes);
        var lines = FirstDifference.Between(folder["a.iso"], folder["b.iso"], CancellationToken.None);
        Assert.Equal("  file /boot/grub/grub.cfg, byte 7", lines[1]);
        Assert.Contains("    line 2: set timeout=1; in the second line 2: Set timeout=1", lines);
    }

    [Fact]
    public void A_byte_changed_in_a_finished_layer_is_named_by_its_structure()
    {
        Write("a.iso", _ => { });
        var bytes = File.ReadAllBytes(folder["a.iso"]);
        bytes[bytes.AsSpan().IndexOf("hsqs"u8) + 8]++; // the superblock's time
        File.WriteAllBytes(folder["b.iso"], bytes);
        var lines = FirstDifference.Between(folder["a.iso"], folder["b.iso"], CancellationToken.None);
        Assert.Equal("  file /live/root.squashfs, byte 8", lines[1]);
        Assert.Contains(lines, line => line.StartsWith("    superblock, ", StringComparison.Ordinal));
    }

    [Fact]
    public void An_initramfs_is_compared_inside()
    {
        var lines = FirstDifference.Between("initramfs.img", Initramfs("one"), Initramfs("two"), CancellationToken.None);
        Assert.Contains("  /init: content 3 bytes and 3 bytes, from byte 0 on", lines);
    }

    [Fact]
    public void Files_of_other_lengths_and_damaged_images_are_told_as_such()
    {
        Assert.Equal(["x differs from byte 3 on; 3 and 5 bytes long"], FirstDifference.Between("x", Content.From("abc"), Content.From("abcde"), CancellationToken.None));
        Assert.Equal(["x differs from byte 4 on", "  line 2: def; in the second line 2: dXf"],
            FirstDifference.Between("x", Content.From("ab\ndef\n"), Content.From("ab\ndXf\n"), CancellationToken.None));
        Write("a.iso", _ => { });
        var bytes = File.ReadAllBytes(folder["a.iso"]);
        bytes.AsSpan(0x8800, 2048).Fill(0xFF); // the second volume descriptor
        File.WriteAllBytes(folder["b.iso"], bytes);
        var lines = FirstDifference.Between(folder["a.iso"], folder["b.iso"], CancellationToken.None);
        Assert.Contains(lines, line => line.Contains("damaged", StringComparison.Ordinal) || line.Contains("cannot be compared", StringComparison.Ordinal));
    }

    private IReadOnlyList<string> Between(Action<Tree> first, Action<Tree> second)
    {
        Write("a.iso", first);
        Write("b.iso", second);
        return FirstDifference.Between(folder["a.iso"], folder["b.iso"], CancellationToken.None);
    }

    private void Write(string name, Action<Tree> change)
    {
        var root = new Tree();
        root.Put("/etc/issue", Node.File("Debian\n"));
        root.Put("/etc/motd", Node.File("hello\n"));
        change(root);
        using var layer = new MemoryStream();
        SquashFsWriter.Write(root, layer, new SquashFsOptions { ModificationTime = 1, Jobs = 1 });
        var medium = new Tree();
        medium.Put("/live/root.squashfs", Node.File(Content.From(layer.ToArray())));
        medium.Put("/boot/grub/grub.cfg", Node.File("# menu\n\nset timeout=1\n".Replace("\n\n", "\n", StringComparison.Ordinal)));
        using var output = File.Create(folder[name]);
        IsoImage.Layout(medium, new IsoOptions { VolumeId = "TEST", Time = DateTimeOffset.FromUnixTimeSeconds(Samples.Time) }).Write(output);
    }

    private static Content Initramfs(string init)
    {
        var tree = new Tree();
        tree.Put("/init", Node.File(init));
        var output = new MemoryStream();
        CpioWriter.Write(tree, output);
        return Content.From(output.ToArray());
    }
}
