using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Repositories;

namespace ImageBuilder.Pipeline.Tests.Repositories;

/// <summary>
/// The kernel mounts what was published, as a device would: its view of the layers is the new tree in content, mode, owner, time, attributes, links.
/// Files are read by tar(1).
/// </summary>
public sealed class KernelTests : IDisposable
{
    // A second set of packages over the first: new users, replaced files, files of packages that are gone.
    private static readonly string[] Packages = ["openssh-client,libc-bin", "less,procps,cron,libc-bin"];
    private readonly Publication publication = new();

    public void Dispose() => publication.Dispose();

    [RootFact("mount", "umount", "tar")]
    public void The_kernel_shows_the_new_tree_for_forty_random_pairs_that_were_published()
    {
        var patches = 0;
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var channel = $"c{seed}";
            var before = Prepared(SampleTrees.Make(random));
            publication.Publish(before, with: options => options with { Channel = channel });
            var after = Prepared(SampleTrees.Changed(random, before));
            var result = publication.Publish(after, "2", options => options with { Channel = channel, MaxDepth = 8 });
            patches += result.Layers > 1 ? 1 : 0;
            Assert.Equal($"seed {seed}\n{TreeText.Describe(after)}", $"seed {seed}\n{TreeText.Describe(Shown(channel))}");
        }
        // Most are patches; where the noise itself was moved, the full base is the smaller one.
        Assert.True(patches > 30, $"{patches} patches");
    }

    [RootFact("mmdebstrap", "mount", "umount", "tar")]
    public void The_kernel_shows_the_new_tree_of_two_real_Debian_systems()
    {
        var trees = Packages.Select(Debian).ToList();
        using var first = ImageTree.Open(trees[0]);
        using var second = ImageTree.Open(trees[1]);
        publication.Publish(first.Tree);
        var result = publication.Publish(second.Tree, "2", options => options with { AllowRenumbered = true });
        Assert.Equal(2, result.Layers);
        Assert.True(result.Download < result.Full / 2, result.Choice);
        Same(second.Tree, Shown("stable"));
        // And back again, as a third layer; and the verb comes to the same patch.
        publication.Publish(first.Tree, "3", options => options with { AllowRenumbered = true });
        Same(first.Tree, Shown("stable"));
        var patch = new PatchRun(publication.Reporter).Run(trees[0], trees[1], publication.Folder["patch.squashfs"], new SquashFsOptions(), 2, false, default);
        Assert.Null(patch.FullSize);
        Assert.True(patch is { Changed: > 100, Removed: > 10 }, $"{patch}");
        File.Copy(publication.Folder["patch.squashfs"], publication.Folder["0.squashfs"]);
        Same(second.Tree, Mounted([publication.Folder["0.squashfs"], LayerOf(first.Tree)]));
    }

    // A noise that both trees have keeps the patch the smaller one.
    private static Tree Prepared(Tree tree)
    {
        var noise = new byte[60_000];
        new Random(7).NextBytes(noise);
        tree.Put("/zz-noise", Node.File(Content.From(noise)));
        return tree;
    }

    private static void Same(Tree expected, Tree found)
    {
        // SquashFS has no access control lists; packing tells of those that are lost (/var/log/journal has one).
        foreach (var (_, node) in expected.Walk())
            foreach (var name in node.HasXattrs ? node.Xattrs.Keys.Where(name => name.StartsWith("system.", StringComparison.Ordinal)).ToArray() : [])
                node.Xattrs.Remove(name);
        var (left, right) = (TreeText.Describe(expected).Split('\n'), TreeText.Describe(found).Split('\n'));
        Assert.Empty(left.Except(right).Take(5));
        Assert.Empty(right.Except(left).Take(5));
    }

    private string LayerOf(Tree tree)
    {
        var path = publication.Folder["base.squashfs"];
        using var file = File.Create(path);
        SquashFsWriter.Write(tree, file, new SquashFsOptions { Level = 1 }, default);
        return path;
    }

    private Tree Shown(string channel)
    {
        using var repository = RepositoryFolder.Open(publication.Repository);
        return Mounted([.. ChannelContent.Read(repository, channel)!.Stack.Layers.Select(layer => publication.BlobPath(layer.Sha256))]);
    }

    /// <summary>What the kernel shows of layers, the top one first.</summary>
    private static Tree Mounted(IReadOnlyList<string> layers)
    {
        using var folder = new TempFolder();
        var mounted = new Stack<string>();
        try
        {
            foreach (var (layer, index) in layers.Select((layer, index) => (layer, index)))
                Mount("-o", "loop,ro", layer, folder[$"{index}"]);
            Directory.CreateDirectory(folder["empty"]); // an overlay without an upper has two layers at least
            Mount("-t", "overlay", "overlay", "-o", $"ro,redirect_dir=nofollow,metacopy=off,lowerdir={string.Join(':', layers.Select((_, index) => folder[$"{index}"]).Append(folder["empty"]))}", folder["shown"]);
            Tool.Run("tar", "--xattrs", "--xattrs-include=*", "--numeric-owner", "-C", folder["shown"], "-cf", folder["shown.tar"], ".");
        }
        finally
        {
            while (mounted.TryPop(out var at))
                Tool.Run("umount", at);
        }
        return Formats.Tar.TarReader.Read(Content.From(File.ReadAllBytes(folder["shown.tar"])));

        void Mount(params string[] arguments)
        {
            Directory.CreateDirectory(arguments[^1]);
            Tool.Run("mount", arguments);
            mounted.Push(arguments[^1]);
        }
    }

    /// <summary>A small Debian system as a tar, made once for all runs of the tests.</summary>
    private static string Debian(string packages)
    {
        var folder = Path.Combine(Path.GetTempPath(), "imagebuilder-tests");
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"debian-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(packages)))[..16]}.tar");
        if (!File.Exists(path))
        {
            Tool.Run("env", "SOURCE_DATE_EPOCH=1700000000", "mmdebstrap", "--variant=essential", "--include=" + packages, "--format=tar", "bookworm", path + ".new");
            File.Move(path + ".new", path);
        }
        return path;
    }
}
