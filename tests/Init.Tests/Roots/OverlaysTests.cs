using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Init.Tests.Roots;

/// <summary>The kernel is the judge: needs root.</summary>
public class OverlaysTests
{
    [RootFact]
    public void A_root_of_two_layers_keeps_what_is_written_and_renames_folders_of_layers()
    {
        using var folder = new TempFolder();
        using var disk = Tmpfs(folder);
        Fill(folder);
        Mounted(folder, root =>
        {
            Assert.Equal("top", File.ReadAllText($"{root}/both"));
            Assert.Equal("base", File.ReadAllText($"{root}/below/file"));
            Directory.Move($"{root}/below", $"{root}/moved"); // EXDEV without redirect_dir
            File.WriteAllText($"{root}/new", "kept");
        });
        Mounted(folder, root =>
        {
            Assert.Equal("base", File.ReadAllText($"{root}/moved/file"));
            Assert.Equal("kept", File.ReadAllText($"{root}/new"));
            var options = MountInfo.Read().Last(mount => mount.Target == root).SuperOptions;
            Assert.Contains("redirect_dir=on", options);
            Assert.DoesNotContain("volatile", options);
            Assert.DoesNotContain("metacopy=on", options);
            Assert.DoesNotContain("index=on", options);
        });
    }

    [RootFact]
    public void Without_an_upper_two_layers_are_a_root_that_cannot_be_written_to()
    {
        using var folder = new TempFolder();
        Fill(folder);
        Directory.CreateDirectory(folder["root"]);
        Overlays.Of([folder["top"], folder["base"]], null).MountAt(folder["root"]);
        try
        {
            Assert.Equal("top", File.ReadAllText(folder["root/both"]));
            Assert.ThrowsAny<Exception>(() => File.WriteAllText(folder["root/new"], ""));
        }
        finally
        {
            Mount.Detach(folder["root"], lazy: true);
        }
    }

    [RootFact]
    public void A_writable_area_is_an_overlay_over_a_folder_of_the_root_itself()
    {
        using var folder = new TempFolder();
        using var disk = Tmpfs(folder);
        Fill(folder);
        Directory.CreateDirectory(folder["disk/area/upper"]);
        Directory.CreateDirectory(folder["disk/area/work"]);
        Mounted(folder, root =>
        {
            Overlays.Of([$"{root}/below"], folder["disk/area"]).MountAt($"{root}/below");
            try
            {
                File.WriteAllText($"{root}/below/log", "written");
                Assert.Equal("base", File.ReadAllText($"{root}/below/file"));
                Assert.Equal("written", File.ReadAllText(folder["disk/area/upper/log"]));
                Assert.False(File.Exists(folder["disk/upper/below/log"]));
            }
            finally
            {
                Mount.Detach($"{root}/below", lazy: true);
            }
        });
    }

    private static void Fill(TempFolder folder)
    {
        Directory.CreateDirectory(folder["top"]);
        Directory.CreateDirectory(folder["base/below"]);
        File.WriteAllText(folder["top/both"], "top");
        File.WriteAllText(folder["base/both"], "base");
        File.WriteAllText(folder["base/below/file"], "base");
    }

    private static void Mounted(TempFolder folder, Action<string> use)
    {
        var root = Directory.CreateDirectory(folder["root"]).FullName;
        Directory.CreateDirectory(folder["disk/upper"]);
        Directory.CreateDirectory(folder["disk/work"]);
        Overlays.Of([folder["top"], folder["base"]], folder["disk"]).MountAt(root);
        try
        {
            use(root);
        }
        finally
        {
            Mount.Detach(root, lazy: true);
        }
    }

    // The test's own folder may lie on an overlay, which cannot hold another one's upper.
    private static Detached Tmpfs(TempFolder folder)
    {
        var target = Directory.CreateDirectory(folder["disk"]).FullName;
        Mount.Attach("tmpfs", target, "tmpfs");
        return new Detached(target);
    }

    private sealed class Detached(string target) : IDisposable
    {
        public void Dispose() => Mount.Detach(target, lazy: true);
    }
}
