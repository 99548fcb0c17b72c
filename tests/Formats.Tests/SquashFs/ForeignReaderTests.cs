using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs;

/// <summary>What was packed is what squashfs-tools-ng, unsquashfs, 7-Zip and the kernel find.</summary>
public class ForeignReaderTests
{
    public static TheoryData<SquashFsCompression> Compressors => [.. Enum.GetValues<SquashFsCompression>()];

    [ToolTheory("sqfs2tar", "rdsquashfs", "unsquashfs", "7z")]
    [MemberData(nameof(Compressors))]
    public void Everything_comes_back_through_sqfs2tar_and_all_readers_accept_it(SquashFsCompression compression)
    {
        var tree = SampleTrees.Everything();
        using var image = new Image(tree, Image.Fast with { Compression = compression });
        Assert.Equal(TreeText.Of(tree), TreeText.Of(image.BySqfs2Tar()));
        Tool.Run("unsquashfs", "-lls", image.File);
        Tool.Run("rdsquashfs", "--describe", image.File);
        if (compression is not (SquashFsCompression.Lz4 or SquashFsCompression.Zstd)) // not in every 7-Zip
            Assert.Contains("Everything is Ok", Tool.Run("7z", "t", image.File), StringComparison.Ordinal);
    }

    [RootFact("mount", "tar")]
    public void Everything_comes_back_through_the_kernel_with_every_compressor()
    {
        var tree = SampleTrees.Everything();
        foreach (var compression in Enum.GetValues<SquashFsCompression>())
        {
            using var image = new Image(tree, Image.Fast with { Compression = compression });
            Assert.Equal(TreeText.Of(tree, linkedDevices: false), TreeText.Of(image.ByKernel(), linkedDevices: false));
        }
    }

    [RootFact("unsquashfs", "tar")]
    public void Everything_comes_back_through_unsquashfs_with_every_compressor()
    {
        var tree = SampleTrees.Everything();
        foreach (var compression in Enum.GetValues<SquashFsCompression>())
        {
            using var image = new Image(tree, Image.Fast with { Compression = compression });
            Assert.Equal(TreeText.Of(tree, linkedDevices: false), TreeText.Of(image.ByUnsquashfs(), linkedDevices: false));
        }
    }

    [ToolFact("sqfs2tar")]
    public void Tails_of_large_files_in_fragments_come_back_too()
    {
        var tree = SampleTrees.Everything();
        using var usual = new Image(tree);
        using var image = new Image(tree, Image.Fast with { PackTails = true });
        Assert.Equal(TreeText.Of(tree), TreeText.Of(image.BySqfs2Tar()));
        Assert.True(image.Summary.Fragments > usual.Summary.Fragments);
    }

    [ToolFact("sqfs2tar")]
    public void Random_trees_come_back()
    {
        for (var seed = 0; seed < 12; seed++)
        {
            var tree = SampleTrees.Random(seed);
            using var image = new Image(tree, Image.Fast with { PackTails = seed % 2 == 0 });
            Assert.Equal(TreeText.Of(tree), TreeText.Of(image.BySqfs2Tar()));
        }
    }

    [RootFact("mount", "tar")]
    public void Random_trees_come_back_through_the_kernel()
    {
        for (var seed = 100; seed < 108; seed++)
        {
            var tree = SampleTrees.Random(seed);
            using var image = new Image(tree);
            Assert.Equal(TreeText.Of(tree, linkedDevices: false), TreeText.Of(image.ByKernel(), linkedDevices: false));
        }
    }

    [ToolFact("sqfsdiff", "mksquashfs", "sqfs2tar", "tar2sqfs")]
    public void Sqfsdiff_finds_no_difference_to_an_image_of_the_same_tree_by_tar2sqfs()
    {
        using var image = new Image(SampleTrees.Random(7));
        using var folder = new TempFolder();
        Tool.Run("bash", "-c", $"set -o pipefail; sqfs2tar --root-becomes top '{image.File}' | tar2sqfs --root-becomes top --quiet '{folder["other"]}'");
        // It mentions, and counts as a difference, that one writer took the long form of an inode where the other did not.
        var output = Tool.TryRun("sqfsdiff", "--old", folder["other"], "--new", image.File).Output;
        Assert.DoesNotContain(output.Split('\n'), line => line.Length > 0 && !line.EndsWith(" has an extended type", StringComparison.Ordinal) && !line.EndsWith(" has a basic type", StringComparison.Ordinal));
    }

    [ToolFact("unsquashfs")]
    public void Sockets_and_whiteouts_are_listed()
    {
        using var image = new Image(SampleTrees.Everything());
        var list = Tool.Run("unsquashfs", "-lln", image.File).Split('\n');
        Assert.Contains(list, line => line.StartsWith('s') && line.EndsWith("/dev/socket", StringComparison.Ordinal));
        Assert.Contains(list, line => line.StartsWith('c') && line.EndsWith("squashfs-root/deleted", StringComparison.Ordinal) && line.Replace(" ", "").Contains("0,0"));
    }

    [ToolFact("sqfs2tar", "unsquashfs", "rdsquashfs")] // 7-Zip refuses empty images whoever wrote them
    public void An_empty_tree_is_an_image()
    {
        using var image = new Image(new Tree());
        Assert.Equal(TreeText.Of(new Tree()), TreeText.Of(image.BySqfs2Tar()));
        Assert.Equal("squashfs-root", Tool.Run("unsquashfs", "-l", image.File).Trim());
        Tool.Run("rdsquashfs", "--describe", image.File);
        Assert.Equal((0u, 1, 1u), (image.Superblock.Fragments, image.Superblock.Ids, image.Superblock.Inodes));
    }

    [RootFact("mount", "stat")]
    public void The_kernel_counts_links_and_blocks_as_they_are()
    {
        var tree = SampleTrees.Everything();
        tree.Put("/sub/a", Node.Directory());
        tree.Put("/sub/b", Node.Directory());
        tree.Put("/sub/file", Node.File("x"));
        using var image = new Image(tree);
        var stat = image.Mounted(mount => Tool.Run("stat", "--format=%n %h %s", $"{mount}/sub", $"{mount}/hard/file", $"{mount}/hard/link", $"{mount}/hard/device", $"{mount}/empty")
            .Replace(mount, "", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["/sub 4", "/hard/file 3", "/hard/link 2", "/hard/device 2", "/empty 1"], stat.Select(line => line[..line.LastIndexOf(' ')]));
        Assert.Equal(["9000", "7", "0", "0"], stat.Skip(1).Select(line => line[(line.LastIndexOf(' ') + 1)..]));
    }
}
