using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Linux.Tests.Mounts;

/// <summary>The kernel is the judge: needs root.</summary>
public class KernelMountTests
{
    [RootFact("mksquashfs")]
    public void A_squashfs_image_mounts_through_a_loop_device_that_frees_itself()
    {
        using var folder = new TempFolder();
        var (image, target) = (Image(folder, "hello"), folder["mnt"]);
        string device;
        using (var loop = LoopDevice.Attach(image))
        {
            device = loop.Path;
            Mount.Attach(device, target, "squashfs", MountFlags.ReadOnly);
        }
        try
        {
            Assert.Equal("hello\n", File.ReadAllText($"{target}/file"));
            Assert.Throws<UnauthorizedAccessException>(() => Reject(() => File.WriteAllText($"{target}/new", "x")));
        }
        finally
        {
            Mount.Detach(target, lazy: true);
        }
        // Not at once where another test starts a process: that holds what is open until its exec.
        Assert.True(SpinWait.SpinUntil(() => !File.Exists($"/sys/block/{Path.GetFileName(device)}/loop/backing_file"), TimeSpan.FromSeconds(10)));
    }

    [RootFact("mksquashfs")]
    public void A_part_of_a_file_mounts_through_a_loop_device_and_what_lies_behind_it_is_not_seen()
    {
        const int Offset = 1 << 20, Behind = 1 << 20;
        using var folder = new TempFolder();
        var image = File.ReadAllBytes(Image(folder, "part"));
        using (var file = File.Create(folder["disk"]))
        {
            file.Position = Offset;
            file.Write(image);
            file.SetLength(Offset + image.Length + Behind);
        }
        using (var loop = LoopDevice.Attach(folder["disk"], Offset, image.Length))
        {
            Assert.InRange(512 * long.Parse(File.ReadAllText($"/sys/block/{Path.GetFileName(loop.Path)}/size"), System.Globalization.CultureInfo.InvariantCulture), image.Length, image.Length + 4095);
            Mount.Attach(loop.Path, folder["mnt"], "squashfs", MountFlags.ReadOnly);
        }
        try
        {
            Assert.Equal("part\n", File.ReadAllText(folder["mnt/file"]));
        }
        finally
        {
            Mount.Detach(folder["mnt"], lazy: true);
        }
    }

    [RootFact("mksquashfs")]
    public void An_overlay_of_two_layers_and_an_upper_is_put_together_option_by_option()
    {
        using var folder = new TempFolder();
        foreach (var name in (string[])["top", "base", "up", "root"])
            Directory.CreateDirectory(folder[name]);
        File.WriteAllText(folder["base/both"], "base");
        File.WriteAllText(folder["base/below"], "base");
        File.WriteAllText(folder["top/both"], "top");
        Mount.Attach("tmpfs", folder["up"], "tmpfs");
        Directory.CreateDirectory(folder["up/upper"]);
        Directory.CreateDirectory(folder["up/work"]);
        try
        {
            using (var overlay = FileSystemContext.TryOpen("overlay")!)
            {
                overlay.Set("source", "overlay");
                overlay.Set("lowerdir+", folder["top"]);
                overlay.Set("lowerdir+", folder["base"]);
                overlay.Set("upperdir", folder["up/upper"]);
                overlay.Set("workdir", folder["up/work"]);
                overlay.SetFlag("volatile");
                overlay.MountAt(folder["root"]);
            }
            Assert.Equal("top", File.ReadAllText(folder["root/both"]));
            Assert.Equal("base", File.ReadAllText(folder["root/below"]));
            File.WriteAllText(folder["root/new"], "new");
            Assert.Equal("new", File.ReadAllText(folder["up/upper/new"]));
        }
        finally
        {
            Mount.Detach(folder["root"], lazy: true);
            Mount.Detach(folder["up"], lazy: true);
        }
    }

    [RootFact]
    public void The_kernels_own_words_are_in_the_error()
    {
        using var overlay = FileSystemContext.TryOpen("overlay")!;
        var error = Assert.Throws<LinuxException>(() => overlay.Set("no-such-option", "x"));
        Assert.Contains("no-such-option", error.Message);
        Assert.Contains("overlay", error.Message);
        Assert.Equal(Errno.EINVAL, error.Number);
    }

    [RootFact]
    public void A_value_that_the_kernel_would_not_take_is_refused_first()
    {
        using var overlay = FileSystemContext.TryOpen("overlay")!;
        var error = Assert.Throws<LinuxException>(() => overlay.Set("lowerdir+", "/" + new string('x', FileSystemContext.LongestValue)));
        Assert.Contains("255", error.Message);
    }

    [Fact]
    public void Options_that_mount_would_cut_silently_are_refused()
    {
        var error = Assert.Throws<LinuxException>(() => Mount.Attach("overlay", "/nowhere", "overlay", options: "lowerdir=" + new string('x', Environment.SystemPageSize)));
        Assert.Contains("4095", error.Message);
    }

    [Fact]
    public void A_link_is_followed_inside_the_new_root()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["lib"]);
        Directory.CreateDirectory(folder["sbin"]);
        File.WriteAllText(folder["lib/real"], "");
        File.SetUnixFileMode(folder["lib/real"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.WriteAllText(folder["lib/data"], "");
        File.SetUnixFileMode(folder["lib/data"], UnixFileMode.UserRead);
        File.CreateSymbolicLink(folder["sbin/init"], "/lib/real");
        File.CreateSymbolicLink(folder["sbin/broken"], "/bin/sh");
        var root = new RootFolder(folder.Path);
        Assert.True(root.IsExecutable("/sbin/init"));
        Assert.True(root.IsExecutable("/lib/real"));
        Assert.False(root.IsExecutable("/lib/data"));
        Assert.False(root.IsExecutable("/sbin/broken"));
        Assert.False(root.IsExecutable("/sbin"));
        Assert.False(root.IsExecutable("/nothing"));
    }

    private static string Image(TempFolder folder, string text)
    {
        Directory.CreateDirectory(folder["content"]);
        Directory.CreateDirectory(folder["mnt"]);
        File.WriteAllText(folder["content/file"], text + "\n");
        Tool.Run("mksquashfs", folder["content"], folder["image"], "-quiet", "-no-progress");
        return folder["image"];
    }

    private static void Reject(Action write)
    {
        try
        {
            write();
        }
        catch (IOException)
        {
            throw new UnauthorizedAccessException(); // EROFS comes as either
        }
    }
}
