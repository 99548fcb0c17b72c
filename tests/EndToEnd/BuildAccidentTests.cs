using System.Diagnostics;
using System.Globalization;

namespace ImageBuilder.EndToEnd.Tests;

/// <summary>Builds that are interrupted, killed, run side by side, or run out of disk: the image of before stays, and nothing is left running.</summary>
public sealed class BuildAccidentTests : IDisposable
{
    private const string Previous = "the image of yesterday";
    private const string Mark = "IB_TEST_FOLDER";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TempFolder folder = new();
    private readonly Dictionary<string, string> environment;

    public BuildAccidentTests()
    {
        Directory.CreateDirectory(folder["tmp"]);
        // The mark is inherited by every process that the build starts.
        environment = new Dictionary<string, string> { ["TMPDIR"] = folder["tmp"], [Mark] = folder.Path };
        Directory.CreateDirectory(folder["out"]);
        Directory.CreateDirectory(folder["odd"]);
        File.WriteAllText(Image, Previous);
        File.WriteAllText(folder["minimal.yaml"], MinimalImage.Spec + "\ncompression: lz4\nfiles: [{ path: /opt/odd, source: ./odd }]\n");
        File.WriteAllText(folder["script.yaml"], MinimalImage.Spec + "\ncompression: lz4\nscripts: [{ run: \"trap '' INT TERM HUP; sleep 700; sleep 701\" }]\n");
    }

    private string Image => folder["out/minimal-1.0.0-amd64.iso"];

    public void Dispose() => folder.Dispose();

    [ToolFact("mmdebstrap", "kill", "sh", "xorriso", "unsquashfs")]
    public void Interrupted_or_killed_at_any_moment_a_build_leaves_the_old_image_and_the_next_one_works_with_odd_names_too()
    {
        Tool.Run("sh", "-c", $"cd {folder["odd"]} && printf one > \"$(printf 'new\\nline')\" && printf two > \"$(printf 'latin\\351')\"");
        var whole = Program.Run(folder.Path, environment, "build", "minimal.yaml", "--output-dir", "whole", "--progress", "plain");
        Assert.True(whole.ExitCode == 0, whole.ToString());
        var moments = new Random(5);
        foreach (var signal in (string[])["INT", "KILL", "INT", "KILL", "INT", "KILL"])
        {
            using var process = Program.Start(folder.Path, environment, "build", "minimal.yaml", "--force", "--progress", "plain");
            Thread.Sleep(moments.Next(200, 2500));
            Kill(process, signal);
            var result = Program.Finish(process);
            AssertNothingRuns();
            if (new FileInfo(Image).Length == Previous.Length)
            {
                Assert.True(result.ExitCode is 130 or 137, result.ToString());
                Assert.Equal(Previous, File.ReadAllText(Image));
                continue;
            }
            // It had come further: then the new image is there, and whole.
            Assert.Equal(File.ReadAllBytes(whole.Image), File.ReadAllBytes(Image));
            File.WriteAllText(Image, Previous);
        }
        var last = Program.Run(folder.Path, environment, "build", "minimal.yaml", "--force", "--progress", "plain");
        Assert.True(last.ExitCode == 0, last.ToString());
        Assert.NotEqual(Previous.Length, new FileInfo(Image).Length);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["out"], ".*"));
        AssertNoTemporaryFiles();

        Tool.Run("xorriso", "-osirrox", "on", "-indev", Image, "-extract", "/live/root.squashfs", folder["layer"]);
        Tool.Run("unsquashfs", "-quiet", "-no-progress", "-dest", folder["tree"], folder["layer"], "opt/odd");
        Tool.Run("diff", "--recursive", folder["odd"], folder["tree/opt/odd"]);
    }

    [ToolTheory("mmdebstrap", "kill")]
    [InlineData("TERM")]
    [InlineData("KILL")]
    public void A_script_that_ignores_every_signal_ends_with_its_build_and_its_root_goes_too(string signal)
    {
        using var process = Program.Start(folder.Path, environment, "build", "script.yaml", "--force", "--progress", "plain");
        Assert.True(SpinWait.SpinUntil(() => Ours().Any(line => line.StartsWith("sleep", StringComparison.Ordinal)), TimeSpan.FromMinutes(5)), "the script did not start");
        var watch = Stopwatch.StartNew();
        Kill(process, signal);
        Program.Finish(process);
        AssertNothingRuns();
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 19);
        AssertNoTemporaryFiles(butOurs: signal == "KILL");
        Assert.Equal(Previous, File.ReadAllText(Image));
    }

    [ToolFact("mmdebstrap", "kill")]
    public void Killed_while_packages_are_installed_a_build_takes_mmdebstrap_with_it_and_the_cache_stays_clean()
    {
        environment["XDG_CACHE_HOME"] = folder["cache"];
        using var process = Program.Start(folder.Path, environment, "build", "minimal.yaml", "--force", "--progress", "json");
        while (process.StandardError.ReadLine() is { } line && !line.Contains("downloading", StringComparison.Ordinal) && !line.Contains("setting up", StringComparison.Ordinal))
        {
        }
        Kill(process, "KILL");
        Program.Finish(process);
        AssertNothingRuns();
        Assert.Equal(Previous, File.ReadAllText(Image));
        Assert.DoesNotContain(Directory.EnumerateFiles(folder["cache"], "*", SearchOption.AllDirectories), file => file.EndsWith(".tar", StringComparison.Ordinal));
    }

    [ToolFact("mmdebstrap")]
    public void Two_builds_at_once_in_one_folder_both_succeed_or_one_says_that_the_other_was_first()
    {
        File.Delete(Image);
        File.WriteAllText(folder["other.yaml"], File.ReadAllText(folder["minimal.yaml"]).Replace("name: minimal", "name: other", StringComparison.Ordinal));
        Process[] processes = [.. ((string[])["minimal", "minimal", "other"]).Select(name => Program.Start(folder.Path, environment, "build", name + ".yaml", "--progress", "plain"))];
        var results = processes.Select(process => Task.Run(() => Program.Finish(process))).Select(task => task.Result).ToArray();
        Assert.True(results[2].ExitCode == 0, results[2].ToString());
        Assert.Contains(results[..2], result => result.ExitCode == 0);
        foreach (var result in results.Where(result => result.ExitCode != 0))
            Assert.Contains("error IB5003: " + Image + " exists already", result.Error);
        Assert.Equal([Image, folder["out/other-1.0.0-amd64.iso"]], Directory.EnumerateFileSystemEntries(folder["out"], "*.iso").Order(StringComparer.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["out"], ".*"));
        AssertNoTemporaryFiles();
        foreach (var process in processes)
            process.Dispose();
    }

    [RootFact("mmdebstrap", "mount", "umount")]
    public void A_disk_that_fills_up_under_the_output_is_named_and_the_old_image_stays()
    {
        Tool.Run("mount", "-t", "tmpfs", "-o", "size=20M", "tmpfs", folder["out"]);
        try
        {
            File.WriteAllText(Image, Previous);
            var result = Program.Run(folder.Path, environment, "build", "minimal.yaml", "--force", "--progress", "plain");
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("error IB5002: writing to out failed: No space left on device", result.Error);
            Assert.Equal(Previous, File.ReadAllText(Image));
            Assert.Equal([Image], Directory.EnumerateFileSystemEntries(folder["out"]));
        }
        finally
        {
            Tool.Run("umount", folder["out"]);
        }
    }

    private static void Kill(Process process, string signal) => Tool.TryRun("kill", "-" + signal, process.Id.ToString(CultureInfo.InvariantCulture));

    private void AssertNothingRuns()
    {
        SpinWait.SpinUntil(() => Ours().Length == 0, Patience);
        Assert.Equal([], Ours());
    }

    /// <summary>Nothing of ours or of mmdebstrap's; after SIGKILL ours wait for the next build. The runtime's own sockets stay when it is killed.</summary>
    private void AssertNoTemporaryFiles(bool butOurs = false) => Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(folder["tmp"]).Select(entry => Path.GetFileName(entry)),
        name => name.StartsWith("mmdebstrap", StringComparison.Ordinal) || (!butOurs && name.StartsWith("imagebuilder", StringComparison.Ordinal)));

    /// <summary>Command lines of the processes that have this test's mark in their environment.</summary>
    private string[] Ours() => [.. Directory.EnumerateDirectories("/proc").Where(process => char.IsAsciiDigit(Path.GetFileName(process)[0]))
        .Where(process => Read(process + "/environ").Contains($"{Mark}={folder.Path}", StringComparison.Ordinal))
        .Select(process => Read(process + "/cmdline").Replace('\0', ' '))];

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ""; // gone meanwhile
        }
    }
}
