using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Repositories;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Repositories;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Pipeline.Tests.Repositories;

public sealed class PublishTests : IDisposable
{
    private readonly Publication publication = new();

    public void Dispose() => publication.Dispose();

    [Fact]
    public void The_first_stack_is_the_builds_own()
    {
        var result = publication.Publish(Base());
        Assert.Equal(1UL, result.Document.Sequence);
        Assert.Empty(result.Document.Same);
        Assert.Equal(publication.Stack().Id, result.Document.Stack);
        using var source = ImageTree.Open(publication.Folder["disk.img"]);
        Assert.Equal(source.Disk!.Factory.Manifest.Id, result.Document.Stack);
        Whole();
    }

    [Fact]
    public void A_small_change_is_a_patch_over_the_old_layers_and_shows_the_new_tree()
    {
        publication.Publish(Base());
        var old = publication.Stack();
        var changed = Base();
        changed.Put("/etc/hostname", Node.File("changed\n"));
        changed.Remove("/usr/bin/tool");
        var result = publication.Publish(changed, "2");
        Assert.Equal([.. old.Layers], publication.Stack().Layers.Skip(1));
        Assert.Contains("a patch over 1 layer: 1 file changed, 1 removed", result.Choice, StringComparison.Ordinal);
        Assert.True(result.Download < 10_000, $"{result.Download}");
        using var source = ImageTree.Open(publication.Folder["disk.img"]);
        Assert.Equal([source.Disk!.Factory.Manifest.Id], result.Document.Same);
        Same(source.Tree, publication.Tree());
        Whole();
    }

    [Fact]
    public void The_full_base_is_published_when_it_is_no_larger_when_the_stack_is_deep_and_when_asked_for()
    {
        publication.Publish(Base());
        // Everything differs: nothing of the old layer is of use.
        var other = new Tree();
        other.Put("/blob", Noise(9));
        Assert.Contains("the full base", publication.Publish(other, "2").Choice, StringComparison.Ordinal);
        Assert.Single(publication.Stack().Layers);
        publication.Publish(Base(), "3");
        for (var version = 4; version < 6; version++)
            publication.Publish(Base(version), $"{version}", options => options with { MaxDepth = 3 });
        Assert.Equal(3, publication.Stack().Layers.Count);
        Assert.Contains("layer 4 of at most 3", publication.Publish(Base(6), "6", options => options with { MaxDepth = 3 }).Choice, StringComparison.Ordinal);
        Assert.Single(publication.Stack().Layers);
        Assert.Contains("--rebase", publication.Publish(Base(7), "7", options => options with { Rebase = true }).Choice, StringComparison.Ordinal);
        Whole();
    }

    [Fact]
    public void When_nothing_differs_only_the_channel_document_is_renewed()
    {
        publication.Publish(Base());
        publication.Publish(Base(2), "2");
        var (stack, before) = (publication.Stack().Id, publication.Blobs);
        var result = publication.Publish(Base(2), "2", options => options with { Now = Publication.Now + 5 });
        Assert.Equal((stack, 3UL), (result.Document.Stack, result.Document.Sequence));
        Assert.Equal(0, result.Download);
        Assert.Single(result.Document.Same);
        var renewed = publication.Renew(options => options with { Now = Publication.Now + 6 });
        Assert.Equal((stack, 4UL), (renewed.Document.Stack, renewed.Document.Sequence));
        Assert.Equal(result.Document.Same, renewed.Document.Same);
        // The document, its signature and the manifest, for each of the two.
        Assert.Equal(6, publication.Blobs.Except(before).Count());
        Whole();
    }

    [Fact]
    public void A_new_kernel_alone_is_a_new_stack_of_the_same_layers()
    {
        publication.Publish(Base());
        var layers = publication.Stack().Layers;
        var result = publication.Publish(Base(), "1", kernel: "newer");
        Assert.Equal(layers, publication.Stack().Layers);
        Assert.Contains("boot set is new", result.Choice, StringComparison.Ordinal);
        Assert.Equal(publication.Stack().Boot!.Size, result.Download);
        Assert.Equal(0, publication.Publish(Base(), "2", kernel: "newer").Download);
        Whole();
    }

    [Fact]
    public void The_same_inputs_give_the_same_blobs()
    {
        using var other = new Publication();
        foreach (var (one, version) in (IEnumerable<(Publication, int)>)[(publication, 1), (publication, 2), (other, 1), (other, 2)])
            one.Publish(Base(version), $"{version}", options => options with { Jobs = one == other ? 3 : 1 }, keys: publication.Key);
        Assert.Equal(publication.Blobs, other.Blobs);
        Assert.Equal(File.ReadAllBytes(Path.Combine(publication.Repository, "index.json")), File.ReadAllBytes(Path.Combine(other.Repository, "index.json")));
    }

    [Fact]
    public void Keep_deletes_what_no_kept_stack_of_any_channel_needs()
    {
        for (var version = 1; version < 5; version++)
            publication.Publish(Base(version), $"{version}", options => options with { Rebase = true });
        publication.Publish(Base(1), "1", options => options with { Channel = "beta" });
        Assert.Equal(4, publication.Manifest().Of(BlobRole.Stack).Count());
        var result = publication.Publish(Base(5), "5", options => options with { Rebase = true, Keep = 1 });
        Assert.True(result.Collected > 0);
        Assert.Equal(2, publication.Manifest().Of(BlobRole.Stack).Count());
        Assert.Equal(2, publication.Manifest().Of(BlobRole.Layer).Count());
        Assert.Empty(publication.Check().Findings);
    }

    [Fact]
    public void Renumbered_users_and_a_lower_epoch_are_refused()
    {
        publication.Publish(Base(), epoch: 2);
        var renumbered = Base();
        renumbered.Put("/etc/passwd", Node.File("root:x:0:0::/root:/bin/sh\napp:x:998:998::/:/bin/false\n"));
        Assert.Contains("app was 999 and is 998", Refused("IB7217", () => publication.Publish(renumbered, "2", epoch: 2)), StringComparison.Ordinal);
        Assert.Equal(2UL, publication.Publish(renumbered, "2", options => options with { AllowRenumbered = true }, epoch: 2).Document.Sequence);
        Refused("IB7216", () => publication.Publish(renumbered, "3", epoch: 1));
    }

    [Fact]
    public void A_damaged_image_or_repository_is_noticed_before_anything_is_published()
    {
        publication.Publish(Base());
        var index = File.ReadAllBytes(Path.Combine(publication.Repository, "index.json"));
        // A layer in the repository: the patch would be made against what no device has.
        var layer = publication.BlobPath(publication.Stack().Layers[0].Sha256);
        var whole = File.ReadAllBytes(layer);
        File.WriteAllBytes(layer, [.. whole[..^1], (byte)(whole[^1] ^ 1)]);
        Refused("IB7212", () => publication.Publish(Base(2), "2"));
        Assert.Contains("damaged", Assert.Single(publication.Check().Findings, finding => finding.Text.StartsWith("blob", StringComparison.Ordinal)).Text, StringComparison.Ordinal);
        File.WriteAllBytes(layer, whole);
        // A layer in the image.
        var manifest = SampleDisk.Write(publication.Folder["disk.img"], [Base(3)], "3");
        var image = File.ReadAllBytes(publication.Folder["disk.img"]);
        using (var source = ImageTree.Open(publication.Folder["disk.img"]))
        {
            var at = image.AsSpan().IndexOf(source.Disk!.Layers[0].ToArray());
            image[at + (int)manifest.Layers[0].Size / 2] ^= 1;
        }
        File.WriteAllBytes(publication.Folder["disk.img"], image);
        Refused("IB7219", () => new PublishRun(publication.Options with { Source = publication.Folder["disk.img"], Rebase = true }, [publication.Key], publication.Reporter).Run(default));
        Assert.Equal(index, File.ReadAllBytes(Path.Combine(publication.Repository, "index.json")));
        Whole();
    }

    [Fact]
    public void Leftovers_of_an_interrupted_publication_are_swept_and_the_old_state_stays()
    {
        publication.Publish(Base());
        File.WriteAllText(publication.BlobPath(".new-0"), "half");
        Assert.Contains(publication.Check().Findings, finding => !finding.IsError && finding.Text.Contains(".new-0", StringComparison.Ordinal));
        Assert.True(publication.Check().IsWhole);
        publication.Publish(Base(2), "2");
        Assert.DoesNotContain(".new-0", publication.Blobs);
        Whole();
    }

    [Fact]
    public async Task Two_publications_at_once_follow_each_other()
    {
        publication.Publish(Base());
        SampleDisk.Write(publication.Folder["a.img"], [Base(2)], "2");
        SampleDisk.Write(publication.Folder["b.img"], [Base(3)], "3");
        await Task.WhenAll(new[] { "a.img", "b.img" }.Select(name => Task.Run(() => new PublishRun(publication.Options with { Source = publication.Folder[name] }, [publication.Key], new SilentReporter()).Run(default))));
        Assert.Equal(3, publication.Manifest().Of(BlobRole.Stack).Count());
        Whole();
    }

    [Fact]
    public void A_folder_with_something_else_in_it_is_no_repository()
    {
        Directory.CreateDirectory(publication.Repository);
        File.WriteAllText(Path.Combine(publication.Repository, "thesis.txt"), "");
        Refused("IB7211", () => publication.Publish(Base()));
        Refused("IB7218", () => publication.Renew(options => options with { Repository = publication.Folder["none"] }));
        Refused("IB7220", () => publication.Publish(Base(), with: options => options with { Channel = "a/b" }));
    }

    [Fact]
    public void Keys_are_changed_with_the_threshold_and_a_device_that_slept_follows()
    {
        using var second = SecretKey.Generate();
        using var third = SecretKey.Generate();
        using var stranger = SecretKey.Generate();
        publication.Publish(Base());
        publication.Renew(options => options with { NextKeys = [new(publication.Key.Public, null), new(second.Public, null)], Threshold = 2 });
        Refused("IB7214", () => publication.Renew(keys: third));
        Refused("IB7215", () => publication.Renew(options => options with { NextKeys = [new(third.Public, null)] }, second));
        publication.Renew(options => options with { NextKeys = [new(third.Public, null)] }, second, publication.Key);
        Refused("IB7214", () => publication.Renew());
        publication.Publish(Base(2), "2", keys: third);
        publication.Publish(Base(3), "3", options => options with { Keep = 0 }, keys: third);
        // The device knows the first key only; one that knows none of them believes nothing.
        Whole();
        Assert.Equal(2, publication.Manifest().Of(BlobRole.Keys).Count());
        Assert.Contains("IB6041", Assert.Single(publication.Check(stranger.Public).Findings).Text, StringComparison.Ordinal);
        // Who was given the third key by hand needs none of the way.
        Assert.Empty(publication.Check(third.Public).Findings);
    }

    [Fact]
    public void Next_keys_that_expire_stop_to_sign()
    {
        publication.Publish(Base());
        publication.Renew(options => options with { NextKeys = [new TrustedKey(publication.Key.Public, Publication.Now + 10)] });
        publication.Renew(options => options with { Now = Publication.Now + 9 });
        Refused("IB7214", () => publication.Renew(options => options with { Now = Publication.Now + 10 }));
    }

    [Fact]
    public void Devices_are_told_where_the_stack_differs_from_each_earlier_one()
    {
        publication.Publish(Base());
        Assert.Null(publication.Changes());
        var first = publication.Stack().Id;
        var changed = Base();
        changed.Remove("/usr/bin");
        changed.Put("/usr/bin", Node.File("no folder any more"));
        changed.Put("/etc/new/sub/file", Node.File("new"));
        changed.Find("/etc/passwd")!.Mode = UnixMode.Octal0644 ^ 0b100;
        changed.Find("/etc/group")!.ModifiedTime = 77; // no difference to a device
        changed.Find("/etc/hostname")!.Xattrs["user.x"] = [1];
        var own = publication.Publish(changed, "2").Document.Same[0];
        var second = publication.Stack().Id;
        string[] paths = ["/etc/hostname File", "/etc/new Folder", "/etc/new/sub Folder", "/etc/new/sub/file File", "/etc/passwd File", "/usr/bin File", "/usr/bin/tool Gone"];
        Assert.Equal(paths, Since(first));
        // Renewed, it stays; a device that was written anew runs the build's own stack; a new base is compared, too, and a kernel alone changes no file.
        publication.Renew(options => options with { Now = Publication.Now + 6 });
        publication.Publish(changed, "2", options => options with { Now = Publication.Now + 7 });
        Assert.Equal(second, publication.Changes()!.Stack);
        changed.Remove("/usr/lib/version");
        publication.Publish(changed, "3", options => options with { Rebase = true });
        publication.Publish(changed, "4", kernel: "newer");
        var changes = publication.Changes()!;
        Assert.Equal(publication.Stack().Id, changes.Stack);
        Assert.Equal([.. paths, "/usr/lib/version Gone"], Since(first));
        Assert.Equal(["/usr/lib/version Gone"], Since(second));
        Assert.Equal(["/usr/lib/version Gone"], Since(own));
        Assert.Empty(changes.Steps[0].Paths);
        Whole();

        IEnumerable<string> Since(StackId stack) => publication.Changes()!.Since(stack)!.Select(path => $"{path.Key} {path.Value}").Order(StringComparer.Ordinal);
    }

    [Fact]
    public void A_list_of_changes_that_devices_would_not_read_is_left_out_with_a_warning()
    {
        publication.Publish(Base());
        var many = Base();
        for (var i = 0; i < 6000; i++)
            many.Put($"/usr/share/{i:d200}", Node.File(""));
        publication.Publish(many, "2");
        Assert.Null(publication.Changes());
        Assert.Contains(publication.Reporter.Warnings, warning => warning.Contains("list of changed paths", StringComparison.Ordinal));
        publication.Publish(Base(), "3");
        Assert.Null(publication.Changes());
        publication.Publish(Base(2), "4");
        Assert.Equal("/usr/lib/version", Assert.Single(Assert.Single(publication.Changes()!.Steps).Paths).Path);
        Whole();
    }

    [Fact]
    public void A_list_of_changes_is_verified_also_where_it_is_longer_than_a_channel_document_may_be()
    {
        publication.Publish(Base());
        var many = Base();
        for (var i = 0; i < 2000; i++)
            many.Put($"/usr/share/{i:d100}", Node.File(""));
        publication.Publish(many, "2");
        Assert.True(publication.Changes()!.ToBytes().Length > ChannelDocument.MaxLength);
        Whole();
    }

    [Fact]
    public void Verify_finds_what_is_wrong()
    {
        publication.Publish(Base());
        publication.Publish(Base(2), "2", options => options with { Keep = 5 });
        Assert.Empty(publication.Check().Findings);
        var index = Path.Combine(publication.Repository, "index.json");
        foreach (var blob in publication.Blobs)
        {
            var bytes = File.ReadAllBytes(publication.BlobPath(blob));
            File.Delete(publication.BlobPath(blob));
            Assert.False(publication.Check().IsWhole, $"without {blob}");
            var changed = (byte[])bytes.Clone();
            changed[bytes.Length / 2] ^= 4;
            File.WriteAllBytes(publication.BlobPath(blob), changed);
            Assert.False(publication.Check().IsWhole, $"with {blob} changed");
            File.WriteAllBytes(publication.BlobPath(blob), bytes);
        }
        Assert.Empty(publication.Check().Findings);
        File.WriteAllText(publication.BlobPath(new string('0', 64)), "");
        Assert.Contains(publication.Check().Findings, finding => finding.Text.Contains("damaged", StringComparison.Ordinal));
        File.Delete(publication.BlobPath(new string('0', 64)));
        Assert.Contains("expired", Assert.Single(new RepositoryCheck([publication.Key.Public], 1, Publication.Now + 90_000, publication.Reporter).Run(publication.Repository, default).Findings).Text, StringComparison.Ordinal);
        using var stranger = SecretKey.Generate();
        Assert.Contains("IB6041", Assert.Single(publication.Check(stranger.Public).Findings).Text, StringComparison.Ordinal);
        File.WriteAllText(index, "{}");
        Refused("IB7211", () => publication.Check());
    }

    /// <summary>A tree with a file too large to be fetched twice, and another small one for each version.</summary>
    internal static Tree Base(int version = 1)
    {
        var tree = new Tree();
        tree.Root.Mode = UnixMode.Octal0755;
        tree.Put("/etc/hostname", Node.File("host\n"));
        tree.Put("/etc/passwd", Node.File("root:x:0:0::/root:/bin/sh\napp:x:999:999::/:/bin/false\n"));
        tree.Put("/etc/group", Node.File("root:x:0:\napp:x:999:\n"));
        tree.Put("/usr/bin/tool", Node.File("tool"));
        tree.Put("/usr/lib/version", Node.File($"{version}\n"));
        tree.Put("/usr/lib/noise", Noise(1));
        return tree;
    }

    internal static void Same(Tree expected, Tree found) => Assert.Equal(TreeText.Describe(expected), TreeText.Describe(found));

    private static Node Noise(int seed)
    {
        var bytes = new byte[300_000];
        new Random(seed).NextBytes(bytes);
        return Node.File(Content.From(bytes));
    }

    private static string Refused(string id, Action action)
    {
        var error = Assert.Throws<ImageException>(action);
        Assert.Equal((id, error.Message), (error.Id, error.Message));
        return error.Message;
    }

    private void Whole() => Assert.DoesNotContain(publication.Check().Findings, finding => finding.IsError);
}
