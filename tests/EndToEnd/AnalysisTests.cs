using System.Text.Json;

namespace ImageBuilder.EndToEnd.Tests;

/// <summary>Exit codes and options of `diff`, `audit` and `inspect --html`, on small folders, tars and SquashFS images.</summary>
public sealed class AnalysisTests : IDisposable
{
    private readonly TempFolder folder = new();

    public AnalysisTests()
    {
        Directory.CreateDirectory(folder["a/etc"]);
        File.WriteAllText(folder["a/etc/motd"], "hello\n");
        File.CreateSymbolicLink(folder["a/etc/link"], "motd");
        Tool.Run("ln", folder["a/etc/motd"], folder["a/etc/motd.hard"]);
        Tool.Run("cp", "-a", folder["a"], folder["b"]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Diff_exits_with_0_1_and_2_as_diff_does()
    {
        Assert.Equal((0, ""), Codes("diff", "a", "b"));
        File.AppendAllText(folder["b/etc/motd"], "more\n");
        Assert.Equal(1, Codes("diff", "a", "b").ExitCode);
        Assert.Equal(1, Codes("diff", "a", "b", "--json").ExitCode);
        Assert.Equal(2, Codes("diff", "a", "nosuch").ExitCode);
        Assert.Equal(2, Codes("diff", "a").ExitCode);
        Assert.Equal(2, Codes("diff", "a", "b", "--ignore", "colour").ExitCode);
        File.WriteAllText(folder["text"], "no image");
        Tool.Run("gzip", "-k", folder["text"]);
        Assert.Contains("IB3044: text.gz", Program.Run(folder.Path, "diff", "a", "text.gz").Error, StringComparison.Ordinal);
        Assert.Contains("IB5200", Program.Run(folder.Path, "diff", "a", "text").Error, StringComparison.Ordinal);
    }

    [ToolFact("tar", "mksquashfs", "gzip", "xz", "zstd")]
    public void A_folder_its_tar_compressed_or_not_and_its_SquashFS_image_are_the_same()
    {
        Tool.Run("tar", "-C", folder["a"], "-cf", folder["a.tar"], ".");
        foreach (var program in (string[])["gzip", "xz", "zstd"])
            Tool.Run("sh", "-c", $"{program} -qc '{folder["a.tar"]}' > '{folder["a.tar."]}{program}'");
        Tool.Run("mksquashfs", folder["a"], folder["a.squashfs"], "-quiet", "-no-progress");

        foreach (var other in (string[])["a", "a.tar", "a.tar.gzip", "a.tar.xz", "a.tar.zstd", "a.squashfs"])
            Assert.Equal((0, ""), Codes("diff", "a.tar", other));
        Assert.Equal((0, ""), Codes("diff", "a", "a.squashfs"));
        File.WriteAllText(folder["b/etc/motd"], "hallo\n");
        var result = Program.Run(folder.Path, "diff", "a.squashfs", "b", "--ignore", "mtime");
        Assert.Contains("~ /etc/motd  content: 6 bytes → 6 bytes, from byte 1 on\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Audit_exits_with_1_on_a_high_finding_and_with_0_once_it_is_accepted()
    {
        Directory.CreateDirectory(folder["a/root"]);
        File.WriteAllText(folder["a/etc/passwd"], "root:x:0:0::/root:/bin/sh\n");
        File.WriteAllText(folder["a/etc/shadow"], "root::1::::::\n");
        File.SetUnixFileMode(folder["a/etc/shadow"], UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var result = Program.Run(folder.Path, "audit", "a");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("high    AU0601  root: it has no password", result.Output, StringComparison.Ordinal);
        var json = Program.Run(folder.Path, "audit", "a", "--json");
        Assert.Equal(1, json.ExitCode);
        var finding = JsonDocument.Parse(json.Output).RootElement.GetProperty("findings").EnumerateArray().Single(finding => finding.GetProperty("id").GetString() == "AU0601");
        Assert.Equal("high", finding.GetProperty("severity").GetString());
        Assert.NotEmpty(finding.GetProperty("remedy").GetString()!);
        var accepted = Program.Run(folder.Path, "audit", "a", "--ignore", "AU0601:root", "--ignore", "AU9999");
        Assert.Equal(0, accepted.ExitCode);
        Assert.EndsWith("1 accepted\n", accepted.Output, StringComparison.Ordinal);
        Assert.Equal("--ignore AU9999: nothing of that kind was found\n", accepted.Error);
        Assert.Equal(1, Codes("audit", "nosuch").ExitCode);
    }

    [Fact]
    public void The_size_report_replaces_nothing_without_force()
    {
        File.WriteAllText(folder["sizes.html"], "mine");
        Assert.Contains("IB5003", Program.Run(folder.Path, "inspect", "a", "--html", "sizes.html").Error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(folder["sizes.html"]));
        Assert.Equal(0, Codes("inspect", "a", "--html", "sizes.html", "--force").ExitCode);
        Assert.Contains("<title>a: what takes the space</title>", File.ReadAllText(folder["sizes.html"]), StringComparison.Ordinal);
    }

    private (int ExitCode, string Output) Codes(params string[] arguments)
    {
        var result = Program.Run(folder.Path, arguments);
        return (result.ExitCode, result.Output);
    }
}
