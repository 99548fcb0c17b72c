namespace ImageBuilder.Agent.Tests;

/// <summary>The kernel is the judge: the captured layer over the layers shows what the root shows. Needs root.</summary>
public class CaptureTests
{
    [RootTheory("mksquashfs", "setfattr")]
    [InlineData(1, 40)]
    [InlineData(2, 40)]
    [InlineData(3, 60)]
    [InlineData(4, 60)]
    [InlineData(5, 80)]
    [InlineData(6, 80)]
    public void A_captured_layer_shows_the_same_over_the_layers_as_the_upper_did(int seed, int changes)
    {
        using var system = new BootedSystem();
        var said = new RandomChanges(system.Root, seed, moveFolders: true).Make(changes);
        var expected = TreeLines.Of(system.Root);
        Assert.Equal((0, ""), Run(system, "capture", "-o", system.Outside("layer.squashfs"), "--level", "1"));
        var layer = system.MountImage(system.Outside("layer.squashfs"), "layer");
        var merged = TreeLines.Of(system.MountOver("merged", [layer, .. system.Layers]));
        Assert.True(expected.SequenceEqual(merged), $"""
            after {string.Join("; ", said)}
            only in the root:
            {string.Join('\n', expected.Except(merged))}
            only with the layer:
            {string.Join('\n', merged.Except(expected))}
            """);
    }

    [RootFact("mksquashfs", "setfattr")]
    public void Moved_folders_are_written_out_and_what_the_kernel_noted_for_itself_is_not()
    {
        using var system = new BootedSystem();
        Directory.Move(system["/opt/app"], system["/opt/moved"]);
        Directory.Move(system["/opt/moved/sub"], system["/var/sub"]);
        File.Delete(system["/var/sub/file2"]);
        File.WriteAllText(system["/opt/moved/file0"], "changed");
        Directory.CreateDirectory(system["/opt/app"]);
        Run(system, "capture", "-o", system.Outside("layer.squashfs"));
        var layer = system.MountImage(system.Outside("layer.squashfs"), "layer");
        var lines = TreeLines.Of(layer);
        Assert.Contains(lines, line => line.StartsWith("/opt/moved/file5 -", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("/var/sub/deep/file3 -", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith("/opt/moved/sub", StringComparison.Ordinal) || line.StartsWith("/var/sub/file2", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("/opt/app d", StringComparison.Ordinal) && line.Contains("trusted.overlay.opaque=79", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("redirect", StringComparison.Ordinal) || line.Contains("origin", StringComparison.Ordinal) || line.Contains("impure", StringComparison.Ordinal) || line.Contains("uuid", StringComparison.Ordinal));
        // Whiteouts show as broken entries where nothing merges: there is one, of the file that the layer below has.
        Assert.DoesNotContain(lines, line => line.Contains(" c---------", StringComparison.Ordinal));
    }

    [RootFact("mksquashfs")]
    public void Names_of_one_file_stay_names_of_one_file()
    {
        using var system = new BootedSystem();
        File.WriteAllText(system["/etc/one"], "same");
        Tool.Run("ln", system["/etc/one"], system["/opt/two"]);
        Run(system, "capture", "-o", system.Outside("layer.squashfs"));
        var layer = system.MountImage(system.Outside("layer.squashfs"), "layer");
        Assert.Equal("2\n2\n", Tool.Run("stat", "-c", "%h", $"{layer}/etc/one", $"{layer}/opt/two"));
    }

    [RootFact("mksquashfs")]
    public void Only_what_is_asked_for_is_captured_and_folders_on_the_way_hide_nothing()
    {
        using var system = new BootedSystem();
        Tool.Run("rm", "-rf", system["/opt/app"]);
        Directory.CreateDirectory(system["/opt/app"]);
        File.WriteAllText(system["/opt/app/mine"], "mine");
        File.WriteAllText(system["/opt/app/other"], "other");
        File.WriteAllText(system["/etc/unrelated"], "x");
        Run(system, "capture", "-o", system.Outside("layer.squashfs"), "/opt/app/mine");
        var merged = system.MountOver("merged", [system.MountImage(system.Outside("layer.squashfs"), "layer"), .. system.Layers]);
        Assert.Equal("mine", File.ReadAllText($"{merged}/opt/app/mine"));
        Assert.True(File.Exists($"{merged}/opt/app/file1"));
        Assert.False(File.Exists($"{merged}/opt/app/other"));
        Assert.False(File.Exists($"{merged}/etc/unrelated"));
    }

    [RootFact("mksquashfs")]
    public void The_same_changes_give_the_same_bytes_and_a_layer_is_not_overwritten_unasked()
    {
        using var system = new BootedSystem("tmpfs");
        new RandomChanges(system.Root, 9, moveFolders: true).Make(20);
        Run(system, "capture", "-o", system.Outside("one"));
        Run(system, "capture", "-o", system.Outside("two"));
        Assert.Equal(File.ReadAllBytes(system.Outside("one")), File.ReadAllBytes(system.Outside("two")));
        var (code, _, error) = system.Agent("capture", "-o", system.Outside("one"));
        Assert.Equal((1, true), (code, error.Contains("IB5003", StringComparison.Ordinal)));
        Assert.Equal(0, system.Agent("capture", "-o", system.Outside("one"), "-f").Code);
    }

    [RootFact("mksquashfs")]
    public void A_layer_that_does_not_fit_leaves_nothing_and_the_way_out()
    {
        using var system = new BootedSystem();
        var noise = new byte[2 << 20];
        new Random(1).NextBytes(noise);
        File.WriteAllBytes(system["/etc/noise"], noise);
        var full = Directory.CreateDirectory(system.Outside("full")).FullName;
        Linux.Mounts.Mount.Attach("tmpfs", full, "tmpfs", options: "size=1M");
        try
        {
            var (code, _, error) = system.Agent("capture", "-o", $"{full}/layer.squashfs");
            Assert.Equal(1, code);
            Assert.Contains("IB6117", error);
            Assert.Contains("another file system", error);
            Assert.Empty(Directory.EnumerateFileSystemEntries(full));
        }
        finally
        {
            Linux.Mounts.Mount.Detach(full, lazy: true); // a process that another test starts holds what is open until its exec
        }
    }

    private static (int, string) Run(BootedSystem system, params string[] arguments)
    {
        var (code, _, error) = system.Agent(arguments);
        return (code, error);
    }
}
