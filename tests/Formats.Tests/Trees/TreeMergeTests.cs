using ImageBuilder.Formats.Oci;
using ImageBuilder.Formats.Trees;
using static ImageBuilder.Formats.Tests.Trees.SampleTrees;

namespace ImageBuilder.Formats.Tests.Trees;

public class TreeMergeTests
{
    [Fact]
    public void Whiteouts_delete_and_names_that_are_not_there_are_no_trouble()
    {
        var merged = Merged(Make("a", "d/b", "d/c"), With(Make(), ("a", RandomTrees.Whiteout()), ("d/b", RandomTrees.Whiteout()), ("d/absent", RandomTrees.Whiteout()), ("nowhere/x", RandomTrees.Whiteout())));
        Assert.Equal(["/d", "/d/c", "/nowhere"], Paths(merged));
    }

    [Fact]
    public void An_opaque_directory_hides_what_is_below_and_shows_no_mark()
    {
        var upper = Make("d/new");
        TreeMerge.SetOpaque(upper.Find("d")!);
        var merged = Merged(Make("d/old", "d/sub/older", "e"), upper);
        Assert.Equal(["/d", "/d/new", "/e"], Paths(merged));
        Assert.False(merged.Find("d")!.HasXattrs);
    }

    [Fact]
    public void Types_change_in_both_directions()
    {
        var merged = Merged(Make("was-file", "was-dir/x", "was-link-target/y"), With(Make("was-file/z"), ("was-dir", Node.File("now")), ("was-link-target", Node.Symlink("elsewhere"))));
        Assert.Equal(["/was-dir", "/was-file", "/was-file/z", "/was-link-target"], Paths(merged));
        Assert.Equal(NodeKind.Symlink, merged.Find("was-link-target")!.Kind);
    }

    [Fact]
    public void Hard_links_stay_one_node_and_one_name_can_be_replaced_without_the_other()
    {
        var lower = Make("one");
        lower.Put("two", lower.Find("one")!);
        var upper = Make("new");
        upper.Put("new2", upper.Find("new")!);
        upper.Put("one", Node.File("replaced"));
        var merged = Merged(lower, upper);
        Assert.Equal("two is one", $"two is {System.Text.Encoding.ASCII.GetString(merged.Find("two")!.Content.ToArray())}");
        Assert.Same(merged.Find("new"), merged.Find("new2"));
        Assert.NotSame(merged.Find("one"), merged.Find("two"));
    }

    [Fact]
    public void A_directory_that_an_archive_only_implies_keeps_the_owner_and_mode_below()
    {
        var lower = Make("tmp/a");
        lower.Find("tmp")!.Mode = UnixMode.Octal1777;
        var upper = Make("tmp/b");
        upper.Find("tmp")!.IsImplied = true;
        Assert.Equal(UnixMode.Octal1777, Merged(lower, upper).Find("tmp")!.Mode);
        Assert.Equal(UnixMode.Octal0755, Merged(lower, Make("tmp/c")).Find("tmp")!.Mode);
    }

    [Fact]
    public void Layers_that_refer_to_other_layers_are_refused()
    {
        var upper = Make("d/x");
        upper.Find("d")!.Xattrs["trusted.overlay.redirect"] = "/old"u8.ToArray();
        Assert.Equal("IB3040", Assert.Throws<ImageException>(() => Merged(Make(), upper)).Id);
    }

    [Fact]
    public void Container_whiteouts_count_for_the_layers_below_only_wherever_they_stand()
    {
        var layer = Make(".wh.gone", "d/.wh.file", "d/file", "e/.wh.sub", "e/sub/kept", "o/.wh..wh..opq", "o/new", ".wh..wh.plnk");
        OciWhiteouts.ToOverlay(layer);
        var merged = Merged(Make("gone/x", "d/file", "d/other", "e/sub/hidden", "o/old", "stays"), layer);
        Assert.Equal(["/d", "/d/file", "/d/other", "/e", "/e/sub", "/e/sub/kept", "/o", "/o/new", "/stays"], Paths(merged));
    }

    [Theory]
    [InlineData(".wh.")]
    [InlineData(".wh..")]
    [InlineData(".wh...")]
    [InlineData(".wh.folder/x")]
    public void A_container_whiteout_that_names_nothing_is_refused(string name) => Assert.Equal("IB3041", Assert.Throws<ImageException>(() => OciWhiteouts.ToOverlay(Make(name))).Id);

    /// <summary>The kernel's overlayfs is the judge: it mounts what tar(1) unpacked, and tar(1) packs what the mount shows.</summary>
    [RootFact("tar", "mount", "umount")]
    public void Sixty_random_pairs_of_trees_merge_as_the_kernel_shows_them() => RandomTrees.OnTmpfs(disk =>
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var lower = RandomTrees.Make(random, null);
            var upper = RandomTrees.Make(random, lower);
            var shown = RandomTrees.Shown($"{disk}/{seed}", upper, lower);
            TreeMerge.Apply(lower, upper);
            Assert.Equal($"seed {seed}\n" + RandomTrees.Describe(shown), $"seed {seed}\n" + RandomTrees.Describe(lower));
        }
    });
}
