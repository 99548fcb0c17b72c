using System.Text.Json;
using System.Text.RegularExpressions;

namespace ImageBuilder.EndToEnd.Tests;

/// <summary>What `inspect`, `diff` and `audit` say of a real image.</summary>
public sealed partial class ImageTests
{
    [ToolFact("chromium")]
    public void The_size_report_opens_in_a_browser_without_an_error_and_is_the_same_each_time()
    {
        using var folder = new TempFolder();
        foreach (var name in (string[])["a.html", "b.html"])
            Assert.Equal(0, Program.Run(folder.Path, "inspect", image.Iso, "--html", name).ExitCode);
        Assert.Equal(File.ReadAllText(folder["a.html"]), File.ReadAllText(folder["b.html"]));
        var (code, dom, log) = Tool.TryRun("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr",
            "--user-data-dir=" + folder["profile"], "--dump-dom", "file://" + folder["a.html"]);

        Assert.True(code == 0, log);
        Assert.DoesNotContain("CONSOLE", log, StringComparison.Ordinal);
        Assert.True(Regex.Count(dom, "class=\"cell", RegexOptions.None, TimeSpan.FromSeconds(5)) > 500, "treemap");
        Assert.Contains("<h1 id=\"title\">minimal 1.0.0 amd64</h1>", dom, StringComparison.Ordinal);
        Assert.Contains("Debian GNU/Linux 13 (trixie)", dom, StringComparison.Ordinal);
        Assert.Matches("<tr><td>systemd</td><td>[0-9a-z~.+-]+</td><td class=\"number\">", dom);
    }

    [RootFact("unsquashfs")]
    public void An_image_differs_in_nothing_from_what_unsquashfs_unpacks_of_it()
    {
        using var folder = new TempFolder();
        Tool.Run("unsquashfs", "-q", "-n", "-d", folder["root"], image.Layer);
        var same = Program.Run(folder.Path, "diff", image.Iso, "root");
        Assert.True(same.ExitCode == 0, same.ToString());

        File.AppendAllText(Path.Combine(folder["root"], "etc/hostname"), "x");
        File.Delete(Path.Combine(folder["root"], "usr/bin/true"));
        var different = Program.Run(folder.Path, "diff", image.Iso, "root", "--ignore", "mtime");
        Assert.Equal(1, different.ExitCode);
        Assert.Contains("- /usr/bin/true", different.Output, StringComparison.Ordinal);
        Assert.Contains("~ /etc/hostname  content: 8 bytes → 9 bytes", different.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_audit_of_a_minimal_image_finds_nothing_of_high_severity()
    {
        var result = Program.Run(image.Folder, "audit", image.Iso, "--json");

        Assert.True(result.ExitCode == 0, result.ToString());
        var findings = JsonDocument.Parse(result.Output).RootElement.GetProperty("findings").EnumerateArray()
            .Select(finding => (Id: finding.GetProperty("id").GetString(), Subject: finding.GetProperty("subject").GetString()!)).ToList();
        Assert.Contains(("AU0501", "/usr/bin/su"), findings);
        Assert.Contains(findings, finding => finding.Id == "AU0102"); // a kernel was found and judged
        Assert.DoesNotContain(findings, finding => finding.Id is "AU0300" or "AU0301" or "AU0302"); // an initramfs was read, and lacks nothing
    }
}
