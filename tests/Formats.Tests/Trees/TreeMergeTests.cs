using ImageBuilder.Formats.Oci;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Trees;

public class TreeMergeTests
{
    [Fact]
    public void Whiteouts_delete_and_names_that_are_not_there_are_no_trouble()
    {
        var merged = Merge(Make("a", "d/b", "d/c"), With(Make(), ("a", Whiteout()), ("d/b", Whiteout()), ("d/absent", Whiteout()), ("nowhere/x", Whiteout())));
        Assert.Equal(["/d", "/d/c", "/nowhere"], Paths(merged));
    }

    [Fact]
    public void An_opaque_directory_hides_what_is_below_and_shows_no_mark()
    {
        var upper = Make("d/new");
        TreeMerge.SetOpaque(upper.Find("d")!);
        var merged = Merge(Make("d/old", "d/sub/older", "e"), upper);
        Assert.Equal(["/d", "/d/new", "/e"], Paths(merged));
        Assert.False(merged.Find("d")!.HasXattrs);
    }

    [Fact]
    public void Types_change_in_both_directions()
    {
        var merged = Merge(Make("was-file", "was-dir/x", "was-link-target/y"), With(Make("was-file/z"), ("was-dir", Node.File("now")), ("was-link-target", Node.Symlink("elsewhere"))));
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
        var merged = Merge(lower, upper);
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
        Assert.Equal(UnixMode.Octal1777, Merge(lower, upper).Find("tmp")!.Mode);
        Assert.Equal(UnixMode.Octal0755, Merge(lower, Make("tmp/c")).Find("tmp")!.Mode);
    }

    [Fact]
    public void Layers_that_refer_to_other_layers_are_refused()
    {
        var upper = Make("d/x");
        upper.Find("d")!.Xattrs["trusted.overlay.redirect"] = "/old"u8.ToArray();
        Assert.Equal("IB3040", Assert.Throws<ImageException>(() => Merge(Make(), upper)).Id);
    }

    [Fact]
    public void Container_whiteouts_count_for_the_layers_below_only_wherever_they_stand()
    {
        var layer = Make(".wh.gone", "d/.wh.file", "d/file", "e/.wh.sub", "e/sub/kept", "o/.wh..wh..opq", "o/new", ".wh..wh.plnk");
        OciWhiteouts.ToOverlay(layer);
        var merged = Merge(Make("gone/x", "d/file", "d/other", "e/sub/hidden", "o/old", "stays"), layer);
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
    public void Sixty_random_pairs_of_trees_merge_as_the_kernel_shows_them()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["disk"]);
        Tool.Run("mount", "-t", "tmpfs", "tmpfs", folder["disk"]);
        try
        {
            for (var seed = 0; seed < 60; seed++)
            {
                var random = new Random(seed);
                var (lower, upper) = (RandomTree(random, null), new Tree());
                upper = RandomTree(random, lower);
                var at = folder[$"disk/{seed}"];
                Unpack(lower, $"{at}/lower");
                Unpack(upper, $"{at}/upper");
                Directory.CreateDirectory($"{at}/shown");
                Tool.Run("mount", "-t", "overlay", "overlay", "-o", $"ro,redirect_dir=nofollow,metacopy=off,lowerdir={at}/upper:{at}/lower", $"{at}/shown");
                try
                {
                    Tool.Run("tar", "--xattrs", "--xattrs-include=*", "--numeric-owner", "-C", $"{at}/shown", "-cf", $"{at}/shown.tar", ".");
                }
                finally
                {
                    Tool.Run("umount", $"{at}/shown");
                }
                TreeMerge.Apply(lower, upper);
                Assert.Equal($"seed {seed}\n" + Describe(TarReader.Read(Content.From(File.ReadAllBytes($"{at}/shown.tar")))), $"seed {seed}\n" + Describe(lower));
            }
        }
        finally
        {
            Tool.Run("umount", folder["disk"]);
        }
    }

    private static void Unpack(Tree tree, string folder)
    {
        Directory.CreateDirectory(folder);
        using (var file = File.Create(folder + ".tar"))
            TarWriter.Write(tree, file);
        Tool.Run("tar", "--xattrs", "--xattrs-include=*", "--numeric-owner", "-C", folder, "-xpf", folder + ".tar");
    }

    /// <summary>A tree with few names, so that pairs meet often; with a lower tree also whiteouts and opaque directories.</summary>
    private static Tree RandomTree(Random random, Tree? lower)
    {
        var tree = new Tree();
        tree.Root.Mode = UnixMode.Octal0755;
        tree.Root.ModifiedTime = random.Next(1000);
        var linkable = new List<Node>();
        Fill(tree.Root, lower?.Root, 0);
        return tree;

        void Fill(Node directory, Node? below, int depth)
        {
            foreach (var name in (string[])["a", "b", "c", "d", "\u00e9", "f"])
            {
                var under = below is not null && below.Children.TryGetValue(name, out var found) ? found : null;
                var node = random.Next(10) switch
                {
                    < 3 => Node.Directory(),
                    3 or 4 => Node.File($"{depth} {name} {random.Next(100)}"),
                    5 => Node.Symlink($"to-{random.Next(10)}"),
                    6 => linkable.Count > 0 ? linkable[random.Next(linkable.Count)] : null,
                    // Only in directories that merge: elsewhere the kernel shows a broken entry.
                    7 or 8 when below is not null => Whiteout(),
                    _ => null,
                };
                if (node is null || (node.IsDirectory && depth == 3))
                    continue;
                directory.Children[name] = node;
                if (node.IsWhiteout || linkable.Contains(node))
                    continue;
                (node.Uid, node.Gid, node.ModifiedTime) = ((uint)random.Next(3), (uint)random.Next(3), random.Next(100_000));
                if (node.Kind == NodeKind.File)
                {
                    node.Mode = (ushort)(random.Next(2) == 0 ? UnixMode.Octal0644 : UnixMode.Octal0755);
                    linkable.Add(node);
                }
                if (!node.IsDirectory)
                    continue;
                if (random.Next(4) == 0)
                    node.Xattrs["trusted.note"] = [(byte)random.Next(256)];
                var opaque = lower is not null && random.Next(4) == 0;
                if (opaque)
                    TreeMerge.SetOpaque(node);
                Fill(node, opaque || under is not { IsDirectory: true } ? null : under, depth + 1);
            }
        }
    }

    private static string Describe(Tree tree)
    {
        var groups = new Dictionary<Node, string>(ReferenceEqualityComparer.Instance);
        return string.Join('\n', tree.Walk().Prepend(("/", tree.Root)).Select(entry =>
        {
            var (path, node) = entry;
            var first = groups.TryGetValue(node, out var known) ? known : groups[node] = path;
            var xattrs = node.HasXattrs ? string.Join(',', node.Xattrs.Select(x => $"{x.Key}={Convert.ToHexString(x.Value)}")) : "";
            var content = node.Kind == NodeKind.File ? System.Text.Encoding.UTF8.GetString(node.Content.ToArray()) : "";
            return $"{path} {node.Kind} {node.Mode:x} {node.Uid}:{node.Gid} {node.ModifiedTime} {node.TargetText} {xattrs} '{content}' {first}";
        }));
    }

    private static Tree Merge(Tree lower, Tree upper)
    {
        TreeMerge.Apply(lower, upper);
        return lower;
    }

    private static Node Whiteout() => Node.Device(NodeKind.CharacterDevice, 0, 0);

    private static Tree Make(params string[] files) => With(new Tree(), [.. files.Select(file => (file, Node.File(file)))]);

    private static Tree With(Tree tree, params (string Path, Node Node)[] nodes)
    {
        foreach (var (path, node) in nodes)
            tree.Put(path, node);
        return tree;
    }

    private static IEnumerable<string> Paths(Tree tree) => tree.Walk().Select(entry => entry.Path);
}
