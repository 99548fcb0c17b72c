using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs;

public class XattrTests
{
    private static Node WithXattrs(params (string Name, byte[] Value)[] xattrs)
    {
        var node = new Node(NodeKind.File);
        foreach (var (name, value) in xattrs)
            node.Xattrs[name] = value;
        return node;
    }

    /// <summary>Values around every limit, repeated, and more in one set than fits 64 KiB.</summary>
    private static Tree Torture()
    {
        var tree = new Tree();
        foreach (var length in new[] { 0, 1, 7, 8, 9, 127, 128, 129, 4000, 8192, 65_536 })
            for (var copy = 0; copy < 2; copy++)
                tree.Put($"/{length}-{copy}", WithXattrs(("trusted.v", SampleTrees.Noise(length, length)), ("user.copy", [(byte)copy])));
        tree.Put("/many", WithXattrs([.. Enumerable.Range(0, 900).Select(i => ($"trusted.n{i}", SampleTrees.Noise(100, i)))]));
        tree.Put("/same value twice", WithXattrs(("user.a", new byte[500]), ("user.b", new byte[500]), ("security.c", new byte[500])));
        tree.Put("/long name", WithXattrs(("trusted." + new string('n', 247), "v"u8.ToArray())));
        tree.Root.Xattrs["trusted.overlay.opaque"] = "y"u8.ToArray();
        return tree;
    }

    [ToolFact("sqfs2tar")]
    public void Values_around_every_limit_come_back()
    {
        var tree = Torture();
        using var image = new Image(tree);
        Assert.Equal(TreeText.Of(tree), TreeText.Of(image.BySqfs2Tar()));
    }

    [RootFact("mount")]
    public void The_kernel_reads_values_around_every_limit()
    {
        var tree = Torture();
        using var image = new Image(tree);
        Assert.Equal(TreeText.Of(tree), TreeText.Of(image.ByKernel()));
    }

    [ToolFact("unsquashfs", "rdsquashfs")]
    public void Equal_sets_are_stored_once()
    {
        var one = new Tree();
        var many = new Tree();
        for (var i = 0; i < 3000; i++)
        {
            one.Put($"/{i}", WithXattrs(("user.x", SampleTrees.Noise(60, 0))));
            many.Put($"/{i}", WithXattrs(("user.x", SampleTrees.Noise(60, i))));
        }
        using var small = new Image(one);
        using var large = new Image(many);
        Assert.True(large.Summary.BytesUsed - small.Summary.BytesUsed > 3000 * 60);
        Assert.Contains("Number of xattr ids 1\n", Tool.Run("unsquashfs", "-s", small.File), StringComparison.Ordinal);
        Assert.Contains("Number of xattr ids 3000\n", Tool.Run("unsquashfs", "-s", large.File), StringComparison.Ordinal);
    }

    [Fact]
    public void Attributes_that_SquashFS_cannot_hold_are_reported_once_by_path()
    {
        var tree = new Tree();
        var warnings = new List<string>();
        tree.Put("/var/log/journal", WithXattrs(("system.posix_acl_access", [1]), ("system.posix_acl_default", [1]), ("user.kept", [1])));
        tree.Put("/var/log/other", WithXattrs(("system.posix_acl_access", [1])));
        using var image = new Image(tree, Image.Fast with { Warning = warnings.Add });
        var warning = Assert.Single(warnings);
        Assert.Contains("system.posix_acl_access of /var/log/journal and 1 more", warning, StringComparison.Ordinal);
        Assert.Contains("system.posix_acl_default of /var/log/journal", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void An_attribute_that_Linux_could_not_hold_is_refused_not_dropped()
    {
        foreach (var (name, length) in new[] { ("trusted." + new string('x', 250), 1), ("security.x", 65_537), ("user.", 1) })
        {
            var tree = new Tree();
            tree.Put("/it", WithXattrs((name, new byte[length])));
            var error = Assert.Throws<ImageException>(() => SquashFsWriter.Write(tree, new MemoryStream(), Image.Fast));
            Assert.Equal("IB2115", error.Id);
            Assert.Contains("/it", error.Message, StringComparison.Ordinal);
        }
    }
}
