using System.Text.Json.Nodes;

namespace ImageBuilder.EndToEnd.Tests;

/// <summary>`squashfs list`, `unpack` and `check` as users run them.</summary>
public sealed class SquashFsTests : IDisposable
{
    private readonly TempFolder folder = new();

    public SquashFsTests()
    {
        Directory.CreateDirectory(folder["tree/sub"]);
        File.WriteAllText(folder["tree/sub/file"], "content");
        File.CreateSymbolicLink(folder["tree/link"], "sub/file");
        File.SetUnixFileMode(folder["tree/sub/file"], (UnixFileMode)0b100_110_100_000);
        var packed = Program.Run(folder.Path, "squashfs", "pack", "tree", "image.squashfs");
        Assert.True(packed.ExitCode == 0, packed.ToString());
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_image_is_listed_for_people_and_for_programs()
    {
        var list = Program.Run(folder.Path, "squashfs", "list", "image.squashfs");
        Assert.Equal((0, 4), (list.ExitCode, list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length));
        Assert.Matches(@"(?m)^lrwxrwxrwx \d+/\d+ +8 \d{4}-\d\d-\d\d \d\d:\d\d /link -> sub/file$", list.Output);
        Assert.Matches(@"(?m)^-rwSr----- \d+/\d+ +7 \d{4}-\d\d-\d\d \d\d:\d\d /sub/file$", list.Output);
        Assert.Matches(@"^-rwSr----- \S+ +7 \S+ \S+ /sub/file\n$", Program.Run(folder.Path, "squashfs", "list", "image.squashfs", "/sub/file").Output);
        var json = JsonNode.Parse(Program.Run(folder.Path, "squashfs", "list", "image.squashfs", "sub//", "--json").Output)!.AsArray();
        Assert.Equal(["/sub", "/sub/file"], json.Select(entry => (string)entry!["path"]!));
        Assert.Equal(("4640", 7), ((string)json[1]!["mode"]!, (int)json[1]!["size"]!));
    }

    [Fact]
    public void An_image_is_unpacked_whole_and_in_part_and_nothing_is_overwritten()
    {
        Assert.Equal(0, Program.Run(folder.Path, "squashfs", "unpack", "image.squashfs", "out").ExitCode);
        Assert.Equal("content", File.ReadAllText(folder["out/link"]));
        var again = Program.Run(folder.Path, "squashfs", "unpack", "image.squashfs", "out");
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("error IB5003: ", again.Error);
        Assert.Equal(0, Program.Run(folder.Path, "squashfs", "unpack", "image.squashfs", "out", "-f", "--path", "link").ExitCode);
        Assert.Equal(["link"], Directory.EnumerateFileSystemEntries(folder["out"]).Select(path => Path.GetFileName(path)!));
        Assert.Contains("error IB5204: there is no /sub/none", Program.Run(folder.Path, "squashfs", "unpack", "image.squashfs", "other", "--path", "/sub/none").Error);
        Assert.False(Directory.Exists(folder["other"]));
    }

    [RootFact("setpriv", "chmod", "mksquashfs", "setfattr", "stat")]
    public void An_ordinary_user_unpacks_folders_that_their_owner_may_not_enter_or_write_and_a_root_like_that()
    {
        Directory.CreateDirectory(folder["modes/closed"]);
        Directory.CreateDirectory(folder["modes/sticky"]);
        // Noise, and slow to unpack: the folder is made long before its file is filled. The file's other name comes later, too.
        var noise = new byte[16 << 20];
        new Random(1).NextBytes(noise);
        for (var at = 0; at < noise.Length; at += 2)
            noise[at] = 0;
        File.WriteAllBytes(folder["modes/closed/file"], noise);
        Tool.Run("ln", folder["modes/closed/file"], folder["modes/linked"]);
        File.WriteAllText(folder["modes/readable"], "x");
        Tool.Run("setfattr", "-n", "user.x", "-v", "1", folder["modes/readable"]);
        Tool.Run("chmod", "0444", folder["modes/readable"]);
        Tool.Run("chmod", "0", folder["modes/closed"]);
        Tool.Run("chmod", "3777", folder["modes/sticky"]);
        Tool.Run("chmod", "0555", folder["modes"]);
        Tool.Run("mksquashfs", folder["modes"], folder["modes.squashfs"], "-quiet", "-no-progress", "-comp", "xz", "-b", "1M");
        Directory.CreateDirectory(folder["users"]);
        Tool.Run("chmod", "0777", folder["users"]);
        Tool.Run("chmod", "0755", folder.Path);
        foreach (var force in (string[][])[[], ["--force"]])
        {
            var (code, _, error) = Tool.TryRun("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", Program.Path, "squashfs", "unpack", folder["modes.squashfs"], folder["users/out"], .. force]);
            Assert.True(code == 0, error);
            Assert.Contains("set-uid and set-gid bits of 1 file (/sticky: Operation not permitted)", error);
        }
        Assert.Equal("555\n0\n1777\n444\n", Tool.Run("stat", "-c", "%a", folder["users/out"], folder["users/out/closed"], folder["users/out/sticky"], folder["users/out/readable"]));
        Assert.Equal([folder["users/out"]], Directory.EnumerateFileSystemEntries(folder["users"]));
        Assert.Equal(Tool.Run("stat", "-c", "%h %i", folder["users/out/linked"]), Tool.Run("stat", "-c", "%h %i", folder["users/out/closed/file"]));
        Tool.Run("cmp", folder["modes/linked"], folder["users/out/linked"]);
    }

    /// <summary>What a killed run of another day left: with a folder that keeps its owner out and a name that is no text; a link; and what is another user's.</summary>
    [RootFact("setpriv", "chmod")]
    public void A_home_that_may_not_be_entered_gives_a_warning_and_no_cache_in_the_current_folder()
    {
        Directory.CreateDirectory(folder["home"]);
        Directory.CreateDirectory(folder["users/in"]);
        Tool.Run("chmod", "755", folder.Path);
        Tool.Run("chmod", "700", folder["home"]);
        Tool.Run("chmod", "777", folder["users"]);
        var (code, _, error) = Tool.TryRun("sh", "-c", $"cd '{folder["users"]}' && exec setpriv --reuid=65534 --regid=65534 --clear-groups env -u XDG_CACHE_HOME HOME='{folder["home/me"]}' '{Program.Path}' squashfs pack in out.squashfs");
        Assert.True(code == 0, error);
        Assert.Contains($"warning: the cache of blocks in {folder["home/me"]}", error);
        Assert.Equal(["in", "out.squashfs"], Directory.EnumerateFileSystemEntries(folder["users"]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    [RootFact("setpriv", "chmod", "bash")]
    public void Leftovers_of_killed_runs_are_swept_by_their_owner_and_stop_nobody_else()
    {
        Directory.CreateDirectory(folder["users"]);
        Tool.Run("chmod", "1777", folder["users"]);
        Tool.Run("chmod", "0755", folder.Path);
        Tool.Run("bash", "-c", $"cd '{folder["users"]}' && mkdir -m 700 .imagebuilder-4194301 kept && touch kept/file && ln -s kept .imagebuilder-4194302");
        string[] nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];
        Tool.Run("setpriv", [.. nobody, "bash", "-c", $"cd '{folder["users"]}' && mkdir -p .imagebuilder-4194303/tree/closed/$'\\xff' && chmod 0 .imagebuilder-4194303/tree/closed"]);
        var (code, _, error) = Tool.TryRun("setpriv", [.. nobody, Program.Path, "squashfs", "unpack", folder["image.squashfs"], folder["users/out"]]);
        Assert.True(code == 0, error);
        Assert.Equal([".imagebuilder-4194301", ".imagebuilder-4194302", "kept", "out"], Directory.EnumerateFileSystemEntries(folder["users"]).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        Assert.True(File.Exists(folder["users/kept/file"]));
    }

    [RootFact("setpriv", "chmod", "mksquashfs")]
    public void An_ordinary_user_is_told_once_what_could_not_be_restored()
    {
        Tool.Run("bash", "-c", $"cd '{folder.Path}' && mknod tree/device c 1 3 && chown 7:8 tree/sub && touch tree/a tree/b && chown 7 tree/a tree/b && mksquashfs tree device.squashfs -no-progress -quiet && mkdir users && chmod 777 users . && chmod 644 *.squashfs");
        var (code, _, error) = Tool.TryRun("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", Program.Path, "squashfs", "unpack", folder["device.squashfs"], folder["users/out"]);
        Assert.True(code == 0, error);
        var warning = Assert.Single(error.Split('\n'), line => line.Contains("warning:", StringComparison.Ordinal));
        Assert.Contains("device nodes", warning);
        Assert.Contains("owners of ", warning);
        Assert.Contains("root can restore them", warning);
        Assert.True(File.Exists(folder["users/out/a"]));
    }

    [Fact]
    public void A_good_image_is_found_good_and_damage_is_named_with_its_byte()
    {
        var good = Program.Run(folder.Path, "squashfs", "check", "image.squashfs");
        Assert.Equal((0, "image.squashfs: every table and block is right\n"), (good.ExitCode, good.Output));
        var bytes = File.ReadAllBytes(folder["image.squashfs"]);
        bytes[^1] = 1; // the padding
        File.WriteAllBytes(folder["padding.squashfs"], bytes);
        var padding = Program.Run(folder.Path, "squashfs", "check", "padding.squashfs");
        Assert.Equal((1, $"SquashFS image, byte {bytes.Length - 1}: the padding holds 0x01 instead of zeros\n"), (padding.ExitCode, padding.Output));
        File.WriteAllBytes(folder["short.squashfs"], bytes[..200]);
        var cut = Program.Run(folder.Path, "squashfs", "check", "short.squashfs");
        Assert.Equal(1, cut.ExitCode);
        Assert.StartsWith("SquashFS image, byte 40: the superblock's bytes used is wrong", cut.Output);
        var none = Program.Run(folder.Path, "squashfs", "check", "nosuch.squashfs");
        Assert.Equal((1, "", "error IB3032: nosuch.squashfs: no such file or folder\n"), (none.ExitCode, none.Output, none.Error[none.Error.IndexOf("error", StringComparison.Ordinal)..]));
    }
}
