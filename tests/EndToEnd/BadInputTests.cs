using System.Diagnostics;
using System.Globalization;

namespace ImageBuilder.EndToEnd.Tests;

/// <summary>What goes wrong on people's machines: each ends in one clear message, and what was made before stays as it was.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string Previous = "the image of yesterday";
    private readonly TempFolder folder = new();

    public BadInputTests()
    {
        Directory.CreateDirectory(folder["out"]);
        File.WriteAllText(folder["out/bad-1.0.0-amd64.iso"], Previous);
        File.WriteAllText(folder["old.squashfs"], Previous);
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("", "IB1106")]
    [InlineData("schema: 1\nname: bad\n\tbase: { debian: { suite: trixie } }\n", "IB1103")]
    [InlineData("schema: 1\nname: bad\nname: worse\nbase: { debian: { suite: trixie } }\n", "IB1104")]
    [InlineData("schema: 1\nname: bad\nbase: { debian: { suite: trixie } }\nfiles: [{ path: /etc/x, template: ./x.hbs }]\n", "IB1301")]
    [InlineData("schema: 1\nname: bad\nbase: { debian: { suite: trixie } }\nfiles: [{ path: /etc/x, source: ../x }]\n", "IB1306")]
    [InlineData("schema: 1\nname: bad\nbase: { debian: { suite: trixie } }\nfiles: [{ path: /etc/x, source: ./link/hostname }]\n", "IB1306")]
    public void A_wrong_spec_is_one_error_with_its_place(string spec, string id)
    {
        File.WriteAllText(folder["x.hbs"], "{{nosuch}}\n");
        File.CreateSymbolicLink(folder["link"], "/etc");
        File.WriteAllText(folder["bad.yaml"], spec);
        var result = Program.Run(folder.Path, "build", "bad.yaml", "--force", "--progress", "plain");
        Assert.Equal(2, result.ExitCode);
        Assert.Single(result.Error.Split('\n'), line => line.Contains(": error " + id + ": ", StringComparison.Ordinal));
        Assert.Single(result.Error.Split('\n'), line => line.Contains("error IB", StringComparison.Ordinal));
        AssertUntouched();
    }

    [Theory]
    [InlineData("delete", "IB3030")]
    [InlineData("shorten", "IB3049")]
    public void A_file_that_vanishes_or_shrinks_while_packing_is_named(string accident, string id)
    {
        // Names decide the order; the first is long, so that there is time while it is packed.
        Directory.CreateDirectory(folder["tree"]);
        var noise = new byte[24 << 20];
        new Random(1).NextBytes(noise);
        File.WriteAllBytes(folder["tree/a"], noise);
        File.WriteAllText(folder["tree/z"], new string('z', 200_000));
        using var process = Start("squashfs", "pack", "tree", "old.squashfs", "--force", "--compression", "zstd:22", "--jobs", "1", "--progress", "json");
        WaitFor(process, "\"step\":\"squashfs\"");
        if (accident == "delete")
            File.Delete(folder["tree/z"]);
        else
            File.WriteAllText(folder["tree/z"], "z");
        var result = Program.Finish(process);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"\"id\":\"{id}\"", result.Error);
        Assert.Contains("tree/z", result.Error);
        AssertUntouched();
    }

    [ToolFact("unsquashfs", "sh")]
    public void Names_with_line_breaks_and_bytes_that_are_no_UTF8_are_packed_as_they_are()
    {
        Directory.CreateDirectory(folder["tree"]);
        Tool.Run("sh", "-c", $"cd {folder["tree"]} && printf one > \"$(printf 'new\\nline')\" && printf two > \"$(printf 'latin\\351')\" && printf three > \"$(printf 'esc\\033[2J')\" && ln -s \"$(printf 'to\\377')\" \"$(printf 'li\\nnk')\"");
        var result = Program.Run(folder.Path, "squashfs", "pack", "tree", "odd.squashfs");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.DoesNotContain('\u001b', result.Error + result.Output);
        Tool.Run("unsquashfs", "-quiet", "-no-progress", "-dest", folder["again"], folder["odd.squashfs"]);
        Tool.Run("diff", "--recursive", "--no-dereference", folder["tree"], folder["again"]);
    }

    [ToolTheory("tar")]
    [InlineData("--transform=s,^tree,../../tree, tree", "'..' in its name")]
    [InlineData("--transform=s,^tree,/tree, tree", null)]
    [InlineData("links", null)]
    public void A_tar_cannot_leave_the_tree(string arguments, string? refusal)
    {
        Directory.CreateDirectory(folder["tree"]);
        Directory.CreateDirectory(folder["links"]);
        File.WriteAllText(folder["tree/file"], "x");
        File.CreateSymbolicLink(folder["links/absolute"], "/etc/passwd");
        File.CreateSymbolicLink(folder["links/up"], "../../../../etc");
        Tool.Run("tar", ["--absolute-names", "-C", folder.Path, "-cf", folder["x.tar"], .. arguments.Split(' ')]);
        var result = Program.Run(folder.Path, "squashfs", "pack", "x.tar", "old.squashfs", "--force");
        if (refusal is not null)
        {
            Assert.Equal(1, result.ExitCode);
            Assert.Contains(refusal, Assert.Single(result.Error.Split('\n'), line => line.Contains("error IB", StringComparison.Ordinal)));
            AssertUntouched();
            return;
        }
        // Absolute names lie in the tree, and links stay links: nothing of the builder's machine comes in.
        Assert.True(result.ExitCode == 0, result.ToString());
        var listing = Tool.Run("unsquashfs", "-lln", folder["old.squashfs"]);
        Assert.Matches(arguments == "links" ? "links/absolute -> /etc/passwd\n(.*\n)*.*links/up -> ../../../../etc" : "squashfs-root/tree/file", listing);
        Assert.DoesNotContain("root:x:0:0", Tool.TryRun("unsquashfs", "-cat", folder["old.squashfs"], "links/absolute").Output);
    }

    [RootFact("mount", "umount")]
    public void A_read_only_output_folder_is_refused_before_any_work()
    {
        Directory.CreateDirectory(folder["tree"]);
        File.WriteAllText(folder["bad.yaml"], "schema: 1\nname: bad\nbase: { debian: { suite: trixie } }\n");
        using var mount = new Tmpfs(folder["ro"], "ro");
        foreach (var arguments in (string[][])[["squashfs", "pack", "tree", "ro/x.squashfs"], ["build", "bad.yaml", "--output-dir", "ro"]])
        {
            var result = Program.Run(folder.Path, arguments);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("error IB5001: the output folder", result.Error);
            Assert.Contains("Read-only file system", result.Error);
        }
    }

    [RootFact("mount", "umount")]
    public void A_disk_that_is_full_while_an_image_is_written_is_named_and_the_old_image_stays()
    {
        Directory.CreateDirectory(folder["tree"]);
        var noise = new byte[8 << 20];
        new Random(2).NextBytes(noise);
        File.WriteAllBytes(folder["tree/a"], noise);
        using var mount = new Tmpfs(folder["small"], "size=4M");
        File.WriteAllText(folder["small/x.squashfs"], Previous);
        var result = Program.Run(folder.Path, "squashfs", "pack", "tree", "small/x.squashfs", "--force", "--compression", "lz4");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("error IB5420: writing small/x.squashfs failed: No space left on device", result.Error);
        Assert.Equal(Previous, File.ReadAllText(folder["small/x.squashfs"]));
        Assert.Equal([folder["small/x.squashfs"]], Directory.EnumerateFileSystemEntries(folder["small"]));
    }

    [ToolFact("kill")]
    public void Interrupted_or_killed_at_any_moment_packing_leaves_the_old_image_and_no_process_and_the_next_run_sweeps()
    {
        Directory.CreateDirectory(folder["tree"]);
        var noise = new byte[12 << 20];
        new Random(3).NextBytes(noise);
        File.WriteAllBytes(folder["tree/a"], noise);
        string[] Pack(string image) => ["squashfs", "pack", "tree", image, "--force", "--no-cache", "--compression", "xz", "--jobs", "1"];
        var watch = Stopwatch.StartNew();
        Assert.Equal(0, Program.Run(folder.Path, Pack("whole.squashfs")).ExitCode);
        var time = (int)watch.ElapsedMilliseconds;
        var moments = new Random(4);
        var statuses = new List<int>();
        foreach (var signal in (string[])["INT", "KILL", "INT", "KILL", "INT", "KILL", "INT", "KILL"])
        {
            using var process = Start(Pack("old.squashfs"));
            Thread.Sleep(moments.Next(time / 20, time));
            Tool.TryRun("kill", "-" + signal, process.Id.ToString(CultureInfo.InvariantCulture));
            var result = Program.Finish(process);
            statuses.Add(result.ExitCode);
            if (File.ReadAllBytes(folder["old.squashfs"]).AsSpan().SequenceEqual(File.ReadAllBytes(folder["whole.squashfs"])))
                File.WriteAllText(folder["old.squashfs"], Previous); // was quicker than the signal
            AssertUntouched(swept: signal == "INT");
            // Without a word only when the signal came before the program had a handler.
            Assert.True(result.ExitCode == 0 || result.Error.Length == 0 || signal == "KILL" || result.Error.Contains("interrupted", StringComparison.Ordinal), result.ToString());
        }
        Assert.All(statuses, status => Assert.Contains(status, (int[])[0, 130, 137]));
        Assert.Contains(130, statuses);
        Assert.Contains(137, statuses);
        var last = Program.Run(folder.Path, "squashfs", "pack", "tree", "old.squashfs", "--force", "--compression", "lz4");
        Assert.True(last.ExitCode == 0, last.ToString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path, ".imagebuilder-*"));
    }

    private Process Start(params string[] arguments) => Program.Start(folder.Path, new Dictionary<string, string>(), arguments);

    private static void WaitFor(Process process, string text)
    {
        while (process.StandardError.ReadLine() is { } line && !line.Contains(text, StringComparison.Ordinal))
        {
        }
    }

    /// <summary>What was made before is there, and nothing half made; after SIGKILL nobody could sweep.</summary>
    private void AssertUntouched(bool swept = true)
    {
        Assert.Equal(Previous, File.ReadAllText(folder["out/bad-1.0.0-amd64.iso"]));
        Assert.Equal(Previous, File.ReadAllText(folder["old.squashfs"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder["out"]));
        if (swept)
            Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(folder.Path, $".imagebuilder-*"), work => Directory.Exists("/proc/" + work.Split('-')[^1]));
    }

    /// <summary>A small file system of its own.</summary>
    private sealed class Tmpfs : IDisposable
    {
        private readonly string path;

        public Tmpfs(string path, string options)
        {
            this.path = Directory.CreateDirectory(path).FullName;
            Tool.Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path);
        }

        public void Dispose() => Tool.Run("umount", path);
    }
}
