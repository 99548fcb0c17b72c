using System.Text.RegularExpressions;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs.Read;

/// <summary>Images by mksquashfs and squashfs-tools-ng: what unsquashfs unpacks is what our reader reads.</summary>
public sealed class ForeignImageTests(ForeignImageTests.SourceFolder source) : IClassFixture<ForeignImageTests.SourceFolder>
{
    /// <summary>A folder with a bit of everything, to be packed by others.</summary>
    public sealed class SourceFolder : IDisposable
    {
        private readonly TempFolder folder = new();

        public SourceFolder()
        {
            if (!Environment.IsPrivilegedProcess)
                return; // the tests skip, or fail in CI
            var tree = SampleTrees.Everything();
            tree.Put("/program", Node.File(Content.From(File.ReadAllBytes("/bin/bash")))); // for the filters of xz
            tree.Put("/more", Node.Directory());
            for (var i = 0; i < 700; i++)
                tree.Put($"/more/a file with a long name, of which there are many: {i}", Node.File($"{i}"));
            using var image = new Image(tree);
            Tool.Run("unsquashfs", "-no-progress", "-quiet", "-strict-errors", "-d", Path, image.File);
        }

        public string Path => folder["tree"];

        public void Dispose() => folder.Dispose();
    }

    public static TheoryData<string> Options =>
    [
        "-comp gzip", "-comp gzip -Xcompression-level 1 -Xwindow-size 9 -Xstrategy fixed,huffman_only", "-comp lzma", "-comp lzo", "-comp lzo -Xalgorithm lzo1x_1 -b 1M", "-comp lz4", "-comp lz4 -Xhc", "-comp zstd",
        "-comp zstd -Xcompression-level 22 -b 1M", "-comp xz", "-comp xz -b 1M -Xdict-size 8K", "-comp xz -Xbcj x86,arm,armthumb,powerpc,sparc,ia64 -Xdict-size 75%",
        "-comp gzip -noI", "-comp gzip -noId -noX", "-comp zstd -noD", "-comp xz -noF", "-comp gzip -noI -noD -noF -noX", "-comp gzip -no-xattrs", "-comp lz4 -no-exports",
        "-comp gzip -tailends -b 4096", "-comp zstd -always-use-fragments", "-comp gzip -no-fragments", "-comp gzip -no-sparse -no-duplicates", "-comp gzip -nopad -b 4096", "-comp zstd -b 1M -tailends",
        "-comp gzip -no-hardlinks -all-root",
    ];

    [RootTheory("mksquashfs", "unsquashfs", "tar")]
    [MemberData(nameof(Options))]
    public void An_image_by_mksquashfs_is_read_as_unsquashfs_unpacks_it(string options)
    {
        using var image = Image.By(path => Tool.Run("mksquashfs", [source.Path, path, "-no-progress", "-quiet", .. options.Split(' ')]));
        IsReadAsUnsquashfsUnpacksIt(image);
    }

    [RootFact("mksquashfs", "unsquashfs", "tar")]
    public void An_image_that_mksquashfs_appended_to_is_read_too()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["added"], "later");
        using var image = Image.By(path =>
        {
            Tool.Run("mksquashfs", source.Path, path, "-no-progress", "-quiet");
            Tool.Run("mksquashfs", folder.Path, path, "-no-progress", "-quiet");
        });
        IsReadAsUnsquashfsUnpacksIt(image);
        Assert.NotNull(image.Read().ReadTree().Find("/added"));
    }

    public static TheoryData<string> NgCompressors => ["gzip", "xz", "lzma", "lzo", "zstd"];

    [RootTheory("gensquashfs", "unsquashfs", "tar")]
    [MemberData(nameof(NgCompressors))]
    public void An_image_by_gensquashfs_is_read_as_unsquashfs_unpacks_it(string compressor)
    {
        using var image = Image.By(path => Tool.Run("gensquashfs", "--pack-dir", source.Path, "--keep-time", "--keep-xattr", "--compressor", compressor, "--quiet", path));
        IsReadAsUnsquashfsUnpacksIt(image);
    }

    [RootFact("gensquashfs", "sqfs2tar")] // unsquashfs 4.5 finds fault with gensquashfs's LZ4
    public void An_image_by_gensquashfs_with_LZ4_is_read_as_sqfs2tar_reads_it()
    {
        using var image = Image.By(path => Tool.Run("gensquashfs", "--pack-dir", source.Path, "--keep-time", "--keep-xattr", "--compressor", "lz4", "--quiet", path));
        Assert.Equal(TreeText.Of(image.BySqfs2Tar()), TreeText.Of(image.Read().ReadTree()));
    }

    [RootFact("tar", "tar2sqfs", "unsquashfs")]
    public void An_image_by_tar2sqfs_is_read_as_unsquashfs_unpacks_it()
    {
        using var image = Image.By(path => Tool.Run("bash", "-c",
            $"set -o pipefail; tar --create --format=pax --numeric-owner --xattrs --xattrs-include='*' -C '{source.Path}' . 2>/dev/null | tar2sqfs --exportable --quiet '{path}'"));
        IsReadAsUnsquashfsUnpacksIt(image);
    }

    [RootFact("mksquashfs", "unsquashfs")]
    public void Names_modes_owners_and_sizes_are_those_that_unsquashfs_lists()
    {
        using var image = Image.By(path => Tool.Run("mksquashfs", source.Path, path, "-no-progress", "-quiet"));
        var theirs = Regex.Matches(Tool.Run("unsquashfs", "-lln", image.File), @"^(?<mode>\S{10}) +(?<owner>\d+/\d+) +(?<size>\d+(, *\d+)?) \d{4}-\d\d-\d\d \d\d:\d\d squashfs-root(?<path>.*)$",
                RegexOptions.Multiline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(10))
            .Select(match => $"{match.Groups["mode"]} {match.Groups["owner"]} {(match.Value[0] == 'd' ? "0" : match.Groups["size"].Value.Replace(" ", ""))} {match.Groups["path"]}"); // a folder's size is its listing's
        var tree = image.Read().ReadTree();
        var ours = tree.Walk().Prepend(("", tree.Root))
            .Where(entry => !entry.Item1.Contains("\\x", StringComparison.Ordinal) && entry.Item2.DeviceMinor <= byte.MaxValue) // unsquashfs shows 8 bits of the minor number
            .Select(entry => Line(entry.Item1, entry.Item2)).ToArray();
        Assert.True(ours.Length > 750);
        Assert.Equal([], ours.Except(theirs));

        static string Line(string path, Node node) => $"{UnixMode.Text(node.Kind, node.Mode)} {node.Uid}/{node.Gid} " + node.Kind switch
        {
            NodeKind.File => $"{node.Content.Length} {path}",
            NodeKind.Symlink => $"{node.Target.Length} {path} -> {node.TargetText}",
            NodeKind.BlockDevice or NodeKind.CharacterDevice => $"{node.DeviceMajor},{node.DeviceMinor} {path}",
            _ => $"0 {path}",
        };
    }

    private static void IsReadAsUnsquashfsUnpacksIt(Image image)
    {
        var read = image.Read();
        Assert.Equal(TreeText.Of(image.ByUnsquashfs(), linkedDevices: false), TreeText.Of(read.ReadTree(), linkedDevices: false));
        Assert.Equal([], read.Check().Select(finding => finding.Message));
    }
}
