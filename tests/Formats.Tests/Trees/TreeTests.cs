using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Trees;

public class TreeTests
{
    [Fact]
    public void Put_follows_symbolic_links_of_directories_on_the_way()
    {
        var tree = new Tree();
        tree.EnsureDirectory("/usr/lib");
        tree.Put("/lib", Node.Symlink("usr/lib"));
        tree.Put("/lib/systemd/system/a.service", Node.File("a"));
        Assert.NotNull(tree.Find("/usr/lib/systemd/system/a.service"));
        Assert.Equal(NodeKind.Symlink, tree.Find("/lib")!.Kind);
    }

    [Theory]
    [InlineData("/a/link", "/etc/target")]
    [InlineData("/a/up", "/etc/target")]
    [InlineData("/a/far-up", "/etc/target")]
    [InlineData("/a/dangling", "/nowhere")]
    [InlineData("/a/loop", null)]
    [InlineData("/missing/file", null)]
    public void Links_resolve_as_after_chroot(string path, string? expected)
    {
        var tree = new Tree();
        tree.Put("/etc/target", Node.File("x"));
        tree.Put("/a/link", Node.Symlink("/etc/target"));
        tree.Put("/a/up", Node.Symlink("../etc/target"));
        tree.Put("/a/far-up", Node.Symlink("../../../../etc/target"));
        tree.Put("/a/dangling", Node.Symlink("/nowhere"));
        tree.Put("/a/loop", Node.Symlink("loop"));
        Assert.Equal(expected, tree.ResolvePath(path));
    }

    [Fact]
    public void A_file_in_the_way_of_a_directory_is_an_error()
    {
        var tree = new Tree();
        tree.Put("/etc", Node.File("no directory"));
        Assert.Equal("IB2020", Assert.Throws<ImageException>(() => tree.Put("/etc/motd", Node.File("x"))).Id);
    }

    [Fact]
    public void Names_sort_by_unsigned_bytes_not_by_UTF16()
    {
        // U+FF5E has a higher UTF-16 code unit than the surrogates of U+1F600, but lower UTF-8 bytes.
        Assert.True(EntryName.From("\uFF5E").CompareTo(EntryName.From("\U0001F600")) < 0);
        Assert.True(EntryName.From([0x80]).CompareTo(EntryName.From("z")) > 0);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    public void Impossible_names_are_refused(string name) => Assert.Equal("IB2001", Assert.Throws<ImageException>(() => EntryName.From(name)).Id);

    [Fact]
    public void Stray_bytes_and_control_characters_print_visibly() =>
        Assert.Equal("a\\xff\\x0aé", EntryName.From([(byte)'a', 0xFF, 0x0A, 0xC3, 0xA9]).ToString());
}
