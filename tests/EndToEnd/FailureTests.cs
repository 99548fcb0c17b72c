using System.Diagnostics;

namespace ImageBuilder.EndToEnd.Tests;

/// <summary>Builds that cannot succeed: one clear message, and nothing half made left behind.</summary>
public sealed class FailureTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly Dictionary<string, string> environment;

    public FailureTests() => environment = new Dictionary<string, string> { ["XDG_CACHE_HOME"] = folder["cache"] };

    public void Dispose() => folder.Dispose();

    [ToolFact("mmdebstrap")]
    public void A_package_that_does_not_exist_is_named_with_apts_own_words()
    {
        var result = Build("packages: [no-such-package-at-all]");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("base: mmdebstrap failed", result.Error);
        Assert.Contains("no-such-package-at-all", result.Error);
        AssertNothingLeft();
    }

    [ToolFact("mmdebstrap")]
    public void Without_a_network_the_mirror_that_cannot_be_reached_is_named()
    {
        var result = Build("", "mirror: http://127.0.0.1:9/debian");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("127.0.0.1:9", result.Error);
        Assert.Contains("base (", result.Error);
        AssertNothingLeft();
    }

    [RootFact("mmdebstrap", "mount")]
    public void A_full_disk_is_called_a_full_disk()
    {
        // The smallest that mmdebstrap makes: a boot loader for a base that has none.
        File.WriteAllText(folder["bad.yaml"], "schema: 1\nname: bad\nbase: { directory: ./root, bootLoader: { suite: trixie } }\n");
        Directory.CreateDirectory(folder["root/etc"]);
        Directory.CreateDirectory(folder["cache"]);
        Tool.Run("mount", "-t", "tmpfs", "-o", "size=8M", "tmpfs", folder["cache"]);
        try
        {
            var result = Program.Run(folder.Path, environment, "build", "bad.yaml", "--progress", "plain");
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("No space left on device", result.Error);
            AssertNothingLeft();
        }
        finally
        {
            Tool.Run("umount", folder["cache"]);
        }
    }

    [ToolFact("mmdebstrap", "kill")]
    public void An_interrupt_ends_the_build_and_every_program_it_started()
    {
        WriteSpec("", "");
        using var process = Program.Start(folder.Path, environment, "build", "bad.yaml", "--progress", "json");
        var lines = new List<string>();
        while (process.StandardError.ReadLine() is { } line)
        {
            lines.Add(line);
            if (line.Contains("downloading", StringComparison.Ordinal) || line.Contains("setting up", StringComparison.Ordinal))
                break;
        }
        Tool.Run("kill", "-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var result = Program.Finish(process);
        Assert.Equal(130, result.ExitCode);
        Assert.Contains("interrupted", result.Error);
        AssertNothingLeft();
        Assert.DoesNotContain(Process.GetProcesses(), other => CommandLine(other).Contains("mmdebstrap", StringComparison.Ordinal) && CommandLine(other).Contains(folder.Path, StringComparison.Ordinal));
    }

    [Fact]
    public void Output_into_a_folder_that_cannot_be_made_is_refused_before_any_work()
    {
        File.WriteAllText(folder["file"], "");
        WriteSpec("", "");
        var result = Program.Run(folder.Path, environment, "build", "bad.yaml", "--output-dir", "file/out");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("IB5001", result.Error);
        Assert.False(Directory.Exists(folder["cache"]));
    }

    [Fact]
    public void A_wrong_spec_shows_all_errors_and_exits_with_2()
    {
        WriteSpec("pakages: [a]\nhostname: -bad-", "");
        foreach (var verb in (string[])["validate", "build", "summary"])
        {
            var result = Program.Run(folder.Path, environment, verb, "bad.yaml");
            Assert.Equal(2, result.ExitCode);
            Assert.Contains("unknown key 'pakages' in document; did you mean 'packages'?", result.Error);
            Assert.Contains("hostname", result.Error);
        }
    }

    private static string CommandLine(Process process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Id}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }

    private Result Build(string more, string debian = "")
    {
        WriteSpec(more, debian);
        return Program.Run(folder.Path, environment, "build", "bad.yaml", "--progress", "plain");
    }

    private void WriteSpec(string more, string debian) => File.WriteAllText(folder["bad.yaml"], $$"""
        schema: 1
        name: bad
        base: { debian: { suite: trixie{{(debian.Length > 0 ? ", " + debian : "")}} } }
        kernel: { package: linux-image-cloud-amd64 }
        {{more}}
        """);

    /// <summary>No image, no work folder, and in the cache no more than lock files.</summary>
    private void AssertNothingLeft()
    {
        if (Directory.Exists(folder["out"]))
            Assert.Equal([], Directory.EnumerateFileSystemEntries(folder["out"]));
        if (Directory.Exists(folder["cache"]))
            Assert.Equal([], Directory.EnumerateFiles(folder["cache"], "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)));
    }
}
