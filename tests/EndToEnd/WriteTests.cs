using System.Globalization;
using System.Text.RegularExpressions;

namespace ImageBuilder.EndToEnd.Tests;

/// <summary>`imagebuilder write` on loop devices: what it refuses, what it asks, and what is on the device afterwards.</summary>
public sealed class WriteTests : IDisposable
{
    private const int ImageLength = 21_000_192; // no multiple of any block
    private readonly TempFolder folder = new();
    private readonly List<string> loops = [];
    private readonly List<string> mounts = [];

    public WriteTests()
    {
        var bytes = new byte[ImageLength];
        new Random(1).NextBytes(bytes);
        "\u0001CD001\u0001"u8.CopyTo(bytes.AsSpan(32768));
        (bytes[510], bytes[511]) = (0x55, 0xAA);
        File.WriteAllBytes(folder["x.iso"], bytes);
    }

    public void Dispose()
    {
        foreach (var mount in mounts.AsEnumerable().Reverse())
            Tool.TryRun("umount", mount);
        foreach (var loop in loops)
            Tool.TryRun("losetup", "-d", loop);
        folder.Dispose();
    }

    [RootFact("losetup", "cmp", "sgdisk", "tail")]
    public void The_image_is_on_the_device_and_the_old_copy_of_a_GPT_at_its_end_is_gone()
    {
        var loop = Loop(64);
        Tool.Run("sgdisk", "--new=1:2048:4096", loop);
        Assert.Contains("EFI PART", Tool.Run("tail", "-c", "512", folder["disk"]));
        var result = Write(loop, "--force", "--yes");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains($"{loop}: {ImageLength} bytes written and read back, SHA-256 {Tool.Run("sha256sum", folder["x.iso"])[..64]}", result.Output);
        Tool.Run("cmp", "--bytes", ImageLength.ToString(CultureInfo.InvariantCulture), folder["x.iso"], loop);
        Assert.DoesNotContain("EFI PART", Tool.Run("tail", "-c", "40000", loop));
    }

    [RootFact("losetup", "mkfs.ext4", "mount", "umount", "cmp")]
    public void A_mounted_device_is_refused_by_name_of_its_mount_even_when_forced_and_stays_as_it_is()
    {
        var loop = Loop(64);
        Tool.Run("mkfs.ext4", "-q", "-L", "precious", loop);
        Mount(loop, folder["mnt"]);
        AssertRefused(Write(loop, "--force", "--yes"), "IB5403", $"{loop} is mounted at {folder["mnt"]} (umount {folder["mnt"]})");
        Tool.Run("umount", folder["mnt"]);
        // Unmounted, its label is shown before anything is asked.
        var asked = Write(loop, "--force").Error;
        Assert.Matches($@"(?s)^{loop}  \S.*, 67\.1 MB\n.*ext4 ""precious"".*IB5414", asked);
        Tool.Run("e2fsck", "-fn", loop);
    }

    [RootFact("losetup")]
    public void A_device_with_another_on_top_of_it_is_refused()
    {
        var loop = Loop(64);
        var above = Tool.Run("losetup", "--find", "--show", loop).Trim();
        loops.Insert(0, above);
        AssertRefused(Write(loop, "--force", "--yes"), "IB5403", $"has {above} on top of it (losetup -d {above})");
    }

    [RootFact("losetup")]
    public void A_device_that_only_another_mount_namespace_uses_is_refused_too()
    {
        var loop = Loop(64);
        Tool.Run("mkfs.ext4", "-q", loop);
        Directory.CreateDirectory(folder["mnt"]);
        // The mount is visible inside this unshare alone, in which the program does not run.
        var result = Tool.TryRun("unshare", "--mount", "sh", "-c", $"mount {loop} {folder["mnt"]} && nsenter --mount=/proc/$PPID/ns/mnt {Program.Path} write {folder["x.iso"]} {loop} --force --yes");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("error IB5403: " + loop + " is in use: something holds it that this process cannot see", result.Error);
    }

    [RootFact("losetup")]
    public void A_device_that_is_built_in_and_one_that_is_too_small_are_refused()
    {
        AssertRefused(Write(Loop(64), "--yes"), "IB5406", "--force writes to it");
        AssertRefused(Write(Loop(20, "small"), "--force", "--yes"), "IB5405", "too small");
        Tool.Run("losetup", "-d", loops[0]);
        loops[0] = Tool.Run("losetup", "--read-only", "--find", "--show", folder["disk"]).Trim();
        AssertRefused(Write(loops[0], "--force", "--yes"), "IB5404", "write-protected");
    }

    [Fact]
    public void Without_a_terminal_nothing_is_written_unless_yes_is_given_and_a_regular_file_needs_force()
    {
        Tool.Run("truncate", "-s", "30M", folder["disk"]);
        AssertRefused(Write(folder["disk"], "--yes"), "IB5400", "is a regular file");
        var asked = Write(folder["disk"], "--force");
        Assert.Equal((2, true), (asked.ExitCode, asked.Error.Contains("error IB5414: everything on", StringComparison.Ordinal)));
        Assert.Equal(0, Tool.TryRun("cmp", "--bytes", "31457280", folder["disk"], "/dev/zero").ExitCode);
        Assert.Equal(0, Write(folder["disk"], "--force", "--yes").ExitCode);
        Tool.Run("cmp", "--bytes", ImageLength.ToString(CultureInfo.InvariantCulture), folder["x.iso"], folder["disk"]);
    }

    [ToolTheory("script")]
    [InlineData("no", 1)]
    [InlineData("", 1)]
    [InlineData("yes", 0)]
    [InlineData("disk", 0)]
    public void On_a_terminal_it_asks_and_only_yes_or_the_devices_name_goes_on(string answer, int expected)
    {
        Tool.Run("truncate", "-s", "30M", folder["disk"]);
        var result = Tool.TryRun("sh", "-c", $"echo '{answer}' | TERM=dumb script -qec '{Program.Path} write {folder["x.iso"]} {folder["disk"]} --force' /dev/null");
        Assert.Equal(expected, result.ExitCode);
        Assert.Contains($"Type yes or {folder["disk"]} to go on: ", result.Output);
        if (expected != 0)
            Assert.Contains($"IB5414: not confirmed; {folder["disk"]} is as it was", result.Output);
        Assert.Equal(expected, Tool.TryRun("cmp", "--bytes", "1000000", folder["x.iso"], folder["disk"]).ExitCode);
    }

    [Fact]
    public void An_image_that_is_not_what_SHA256SUMS_beside_it_says_is_not_written()
    {
        Tool.Run("truncate", "-s", "30M", folder["disk"]);
        var digest = Tool.Run("sha256sum", folder["x.iso"])[..64];
        File.WriteAllText(folder["SHA256SUMS"], $"{new string('0', 64)}  other.iso\n{digest} *x.iso\n");
        var good = Write(folder["disk"], "--force", "--yes");
        Assert.Equal((0, true), (good.ExitCode, good.Error.Contains("as SHA256SUMS says", StringComparison.Ordinal)));
        Tool.Run("truncate", "-s", "0", folder["disk"]);
        Tool.Run("truncate", "-s", "30M", folder["disk"]);
        File.WriteAllText(folder["SHA256SUMS"], $"{new string('0', 64)}  x.iso\n");
        AssertRefused(Write(folder["disk"], "--force", "--yes"), "IB5409", $"its SHA-256 is {digest}");
        Assert.Equal(0, Tool.TryRun("cmp", "--bytes", "31457280", folder["disk"], "/dev/zero").ExitCode);
    }

    [RootFact("losetup", "mount", "umount")]
    public void A_device_that_fails_half_way_is_named_with_the_position()
    {
        Directory.CreateDirectory(folder["full"]);
        Mount("tmpfs", folder["full"], "-t", "tmpfs", "-o", "size=12M");
        AssertRefused(Write(Loop(64, "full/disk"), "--force", "--yes"), "IB5411", "neither its old content nor the image");
    }

    [RootFact("losetup", "kill")]
    public void An_interrupt_says_what_is_on_the_device_now()
    {
        var loop = Loop(1100);
        using (var grown = File.Open(folder["x.iso"], FileMode.Open))
            grown.SetLength(1 << 30);
        using var process = Program.Start(folder.Path, new Dictionary<string, string>(), "write", "x.iso", loop, "--force", "--yes", "--progress", "json");
        while (process.StandardError.ReadLine() is { } line && !line.Contains("\"done\"", StringComparison.Ordinal))
        {
        }
        Tool.Run("kill", "-INT", process.Id.ToString(CultureInfo.InvariantCulture));
        var result = Program.Finish(process);
        Assert.Equal(130, result.ExitCode);
        Assert.Contains("IB5410", result.Error);
        Assert.Contains($"interrupted while writing: {loop} now holds neither", result.Error);
        Assert.Equal(0, Tool.TryRun("cmp", "--bytes", "4194304", loop, "/dev/zero").ExitCode);
    }

    [Fact]
    public void Without_a_device_the_choice_is_listed_and_files_that_are_no_image_are_refused()
    {
        var listed = Program.Run(folder.Path, "write", "x.iso");
        Assert.Equal(2, listed.ExitCode);
        Assert.Matches(new Regex("which one\\?|no removable disk is there", RegexOptions.None, TimeSpan.FromSeconds(5)), listed.Error);
        File.WriteAllText(folder["notes.txt"], "hello\n");
        AssertRefused(Program.Run(folder.Path, "write", "notes.txt", "/dev/null"), "IB5408", "neither an ISO nor a disk image");
        AssertRefused(Program.Run(folder.Path, "vm", "notes.txt"), "IB5408", "neither an ISO nor a disk image");
    }

    private Result Write(string device, params string[] more) => Program.Run(folder.Path, ["write", "x.iso", device, "--progress", "plain", .. more]);

    private static void AssertRefused(Result result, string id, string message)
    {
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("error " + id, result.Error);
        Assert.Contains(message, result.Error);
        Assert.Empty(result.Output);
    }

    private string Loop(int megabytes, string name = "disk")
    {
        Tool.Run("truncate", "-s", $"{megabytes}M", folder[name]);
        loops.Add(Tool.Run("losetup", "--find", "--show", folder[name]).Trim());
        return loops[^1];
    }

    private void Mount(string source, string target, params string[] options)
    {
        Directory.CreateDirectory(target);
        Tool.Run("mount", [.. options, source, target]);
        mounts.Add(target);
    }
}
