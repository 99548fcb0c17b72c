using ImageBuilder.Formats.Trees;
using static ImageBuilder.Formats.Tests.Trees.SampleTrees;

namespace ImageBuilder.Formats.Tests.Trees;

public class TreeDifferenceTests
{
    [Fact]
    public void Two_equal_trees_differ_in_nothing() =>
        Assert.Empty(TreeDifference.Of(RandomTrees.Make(new Random(1), null), RandomTrees.Make(new Random(1), null)).Root.Children);

    [Fact]
    public void A_changed_file_comes_alone_with_the_directories_on_its_way()
    {
        var layer = TreeDifference.Of(Make("a/b", "a/c", "d/e"), With(Make("a/b", "a/c", "d/e"), ("a/b", Node.File("changed"))));
        Assert.Equal(["/a", "/a/b"], Paths(layer));
        Assert.Equal("changed", System.Text.Encoding.ASCII.GetString(layer.Find("/a/b")!.Content.ToArray()));
    }

    [Fact]
    public void What_is_gone_is_a_whiteout_and_a_directory_of_which_nothing_stays_is_opaque()
    {
        var layer = TreeDifference.Of(Make("a/b", "a/c", "d/e", "d/f"), Make("a/b", "d/new"));
        Assert.True(layer.Find("/a/c")!.IsWhiteout);
        Assert.Equal(["/a", "/a/c", "/d", "/d/new"], Paths(layer));
        Assert.Equal("y"u8.ToArray(), layer.Find("/d")!.Xattrs[TreeMerge.Opaque]);
    }

    [Fact]
    public void The_root_is_never_opaque_because_the_kernel_merges_it_all_the_same()
    {
        var layer = TreeDifference.Of(Make("a", "b"), Make("c"));
        Assert.False(layer.Root.HasXattrs);
        Assert.True(layer.Find("/a")!.IsWhiteout && layer.Find("/b")!.IsWhiteout);
    }

    [Fact]
    public void A_name_that_is_added_to_a_file_brings_all_its_names()
    {
        var after = Make("one");
        after.Put("two", after.Find("one")!);
        var layer = TreeDifference.Of(Make("one"), after);
        Assert.Same(layer.Find("/one"), layer.Find("/two"));
        Assert.NotNull(layer.Find("/one"));
    }

    [Fact]
    public void Names_of_one_file_that_become_files_of_their_own_are_no_longer_one()
    {
        var before = Make("one");
        before.Put("two", before.Find("one")!);
        var merged = Merged(before, TreeDifference.Of(before, With(Make("one"), ("two", Node.File("one")))));
        Assert.NotSame(merged.Find("/one"), merged.Find("/two"));
    }

    [Fact]
    public void A_change_of_mode_owner_time_or_attribute_is_a_change()
    {
        foreach (var change in (Action<Node>[])[node => node.Mode = UnixMode.Octal0600, node => node.Uid = 1, node => node.Gid = 1, node => node.ModifiedTime = 1, node => node.Xattrs["user.a"] = [1]])
            foreach (var path in (string[])["/d", "/d/f", "/l"])
            {
                var after = With(Make("d/f"), ("l", Node.Symlink("d")));
                change(after.Find(path)!);
                Assert.NotNull(TreeDifference.Of(With(Make("d/f"), ("l", Node.Symlink("d"))), after).Find(path));
            }
    }

    [Fact]
    public void The_layer_over_the_first_tree_gives_the_second_for_two_thousand_random_pairs()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var before = RandomTrees.Make(random, null);
            var after = seed % 4 == 0 ? RandomTrees.Make(random, null) : RandomTrees.Changed(random, before);
            var expected = RandomTrees.Describe(after);
            var layer = TreeDifference.Of(before, after);
            Assert.DoesNotContain(layer.Walk(), entry => entry.Node.IsWhiteout && before.Find(entry.Path) is null);
            Assert.Equal($"seed {seed}\n" + expected, $"seed {seed}\n" + RandomTrees.Describe(Merged(before, layer)));
        }
    }

    [RootFact("tar", "mount", "umount")]
    public void The_kernel_shows_the_second_tree_for_eighty_random_pairs() => RandomTrees.OnTmpfs(disk =>
    {
        for (var seed = 0; seed < 80; seed++)
        {
            var random = new Random(seed);
            var before = RandomTrees.Make(random, null);
            var after = seed % 4 == 0 ? RandomTrees.Make(random, null) : RandomTrees.Changed(random, before);
            var shown = RandomTrees.Shown($"{disk}/{seed}", TreeDifference.Of(before, after), before);
            Assert.Equal($"seed {seed}\n" + RandomTrees.Describe(after), $"seed {seed}\n" + RandomTrees.Describe(shown));
        }
    });

    [RootFact("tar", "mount", "umount")]
    public void Layers_that_lie_in_a_tree_work_as_layers_when_the_tree_is_mounted() => RandomTrees.OnTmpfs(disk =>
    {
        // A container's layer inside the image: a deleted file, an opaque directory, and both in one.
        var tree = Make("store/top/opaque/new", "store/base/deleted", "store/base/kept", "store/base/opaque/old");
        tree.Put("store/top/deleted", RandomTrees.Whiteout());
        tree.Put("store/top/opaque/meaningless", RandomTrees.Whiteout());
        TreeMerge.SetOpaque(tree.Find("/store/top/opaque")!);
        var layer = TreeDifference.Whole(tree);

        var shown = RandomTrees.Shown($"{disk}/outer", layer);
        var nested = RandomTrees.Shown($"{disk}/inner", new Tree(), Below(shown, "/store/top"), Below(shown, "/store/base"));
        Assert.Equal(["/kept", "/opaque", "/opaque/new"], Paths(nested));
        Assert.DoesNotContain(nested.Walk(), entry => entry.Node.HasXattrs);
        // The merge without a kernel comes to the same.
        var merged = Merged(new Tree(), layer);
        Assert.Equal(RandomTrees.Describe(shown), RandomTrees.Describe(merged));
    });

    private static Tree Below(Tree tree, string path)
    {
        var below = new Tree();
        foreach (var (name, value) in tree.Find(path)!.Xattrs)
            below.Root.Xattrs[name] = value;
        foreach (var (name, node) in tree.Find(path)!.Children)
            below.Root.Children[name] = node;
        return below;
    }
}
