using System.Text.RegularExpressions;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection.Sizes;

namespace ImageBuilder.Pipeline.Tests.Inspection.Sizes;

/// <summary>The size report as a browser shows it.</summary>
public class SizeReportTests
{
    private const string Hostile = "<script>document.title='broken'<!--.txt";

    [ToolFact("chromium")]
    public void The_page_draws_its_treemap_and_tables_without_an_error_in_a_browser()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["sizes.html"], Page(Sample()));
        var (code, dom, log) = Chromium(folder, "--dump-dom", "file://" + folder["sizes.html"]);

        Assert.True(code == 0, log);
        Assert.DoesNotContain("CONSOLE", log, StringComparison.Ordinal);
        Assert.Contains("data-ready=\"yes\"", dom, StringComparison.Ordinal);
        Assert.True(Regex.Count(dom, "<div class=\"cell[ \"]") >= 5, dom);
        Assert.Contains("<h1 id=\"title\">sample 1.0.0</h1>", dom, StringComparison.Ordinal);
        Assert.Contains("sample.iso · Sample OS · 2023-11-14 · 8 files · 2 packages · 1.1 MB uncompressed · 500.0 kB compressed", dom, StringComparison.Ordinal);
        Assert.Contains("aria-label=\"/usr/lib/big: 1.0 MB", dom, StringComparison.Ordinal);
        Assert.Matches("<tr><td>/usr/lib/big</td><td>libbig</td><td class=\"number\"[^>]*>1.0 MB</td>", dom);
        Assert.Matches("<tr><td>libbig</td><td>1:2.0-1</td><td class=\"number\">1</td>", dom);
    }

    [ToolFact("chromium")]
    public void The_page_can_be_used_by_the_keyboard_and_searched()
    {
        using var folder = new TempFolder();
        const string Script = """
            <script>
            const said = [], trailText = () => byId('trail').textContent, press = key => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
            byId('map').firstChild.focus();
            press('Enter'); said.push(trailText().split('1.1')[0]);
            const before = document.activeElement; press('ArrowRight'); said.push(String(document.activeElement !== before && document.activeElement.className.startsWith('cell')));
            press('Backspace'); said.push(trailText().split(/[0-9]/)[0]);
            byId('search').value = 'LIB/BIG'; byId('search').dispatchEvent(new Event('input')); said.push(byId('largest').tBodies[0].rows.length + ' row', String(byId('map').querySelectorAll('.hit').length > 0));
            document.querySelector('input[value=packages]').click(); said.push(trailText().split(/[0-9]/)[0]);
            document.querySelector('input[value=packed]').click(); said.push(byId('map').firstChild.getAttribute('aria-label').split(':')[0]);
            byId('facts').textContent = said.join('|');
            </script>
            """;
        File.WriteAllText(folder["sizes.html"], Page(Sample()).Replace("</body>", Script + "</body>", StringComparison.Ordinal));
        var (code, dom, log) = Chromium(folder, "--dump-dom", "file://" + folder["sizes.html"]);

        Assert.True(code == 0, log);
        Assert.DoesNotContain("CONSOLE", log, StringComparison.Ordinal);
        Assert.Contains("<p id=\"facts\">/ usr|true|/|1 row|true|all packages|libbig</p>", dom, StringComparison.Ordinal);
    }

    [ToolFact("chromium")]
    public void The_page_complains_on_the_console_when_its_data_is_broken_so_that_silence_means_something()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["sizes.html"], Page(Sample()).Replace("\"tree\":[", "\"tree\":[[[", StringComparison.Ordinal));

        Assert.Contains("CONSOLE", Chromium(folder, "--dump-dom", "file://" + folder["sizes.html"]).Error, StringComparison.Ordinal);
    }

    [ToolFact("chromium")]
    public void A_picture_of_the_page_shows_cells_of_many_colours()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["sizes.html"], Page(Sample()));
        var (code, _, log) = Chromium(folder, "--screenshot=" + folder["sizes.png"], "file://" + folder["sizes.html"]);

        Assert.True(code == 0, log);
        var colours = Picture.Colours(File.ReadAllBytes(folder["sizes.png"]));
        // Text alone gives shades of grey; each top folder's cell has a hue of its own and thousands of pixels.
        Assert.True(colours.Count(colour => colour.Value > 2000) >= 4, string.Join(' ', colours.OrderByDescending(colour => colour.Value).Take(9)));
    }

    [ToolFact("chromium")]
    public void A_file_name_cannot_become_markup()
    {
        using var folder = new TempFolder();
        var page = Page(Sample());
        File.WriteAllText(folder["sizes.html"], page);
        var (_, dom, log) = Chromium(folder, "--dump-dom", "file://" + folder["sizes.html"]);

        Assert.DoesNotContain(Hostile, page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;document.title='broken'&lt;!--.txt", dom, StringComparison.Ordinal);
        Assert.Contains("<title>sample 1.0.0: what takes the space</title>", dom, StringComparison.Ordinal);
        Assert.DoesNotContain("CONSOLE", log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_title_cannot_become_markup_either()
    {
        var page = SizeReport.Write(Sample(), "a.iso", "</title><script>alert(1)</script>", null, CancellationToken.None);

        Assert.Contains("<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_refers_to_nothing_outside_itself()
    {
        var page = Page(Sample());

        Assert.DoesNotMatch(@"(?i)https?://|\bsrc=|\bhref=|@import|url\(", page);
        Assert.Contains("Content-Security-Policy\" content=\"default-src 'none'", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_image_gives_the_same_page() => Assert.Equal(Page(Sample()), Page(Sample()));

    [Fact]
    public void Estimates_of_the_compressed_sizes_come_to_the_layers_length()
    {
        var random = new byte[300_000];
        new Random(1).NextBytes(random);
        var nodes = (Node[])[Node.File(Content.From(new byte[300_000])), Node.File(Content.From(random)), Node.File(""), Node.File(string.Concat(Enumerable.Range(0, 9000)))];
        var sizes = PackedSizes.Estimate(nodes, 400_000, CancellationToken.None);

        Assert.InRange(sizes.Values.Sum(), 399_998, 400_002);
        Assert.True(sizes[nodes[1]] > 200 * sizes[nodes[0]], "zeros compress, chance does not");
        Assert.Equal(0, sizes[nodes[2]]);
        Assert.InRange(PackedSizes.Estimate(nodes, null, CancellationToken.None)[nodes[1]], 300_000, 300_100);
    }

    private static string Page(Tree tree) => SizeReport.Write(tree, "sample.iso", "sample 1.0.0", 500_000, CancellationToken.None);

    private static (int ExitCode, string Output, string Error) Chromium(TempFolder folder, params string[] arguments) =>
        Tool.TryRun("chromium", ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1000,800", "--enable-logging=stderr", "--user-data-dir=" + folder["profile"], .. arguments]);

    private static Tree Sample()
    {
        var tree = new Tree();
        var bytes = new byte[1_000_000];
        new Random(7).NextBytes(bytes);
        tree.Put("/usr/lib/big", Node.File(Content.From(bytes)));
        tree.Put("/usr/share/doc/text", Node.File(new string('x', 60_000)));
        tree.Put("/opt/data", Node.File(Content.From(bytes.AsMemory(0, 40_000))));
        tree.Put("/opt/" + Hostile, Node.File(Content.From(bytes.AsMemory(0, 9000))));
        tree.Put("/etc/os-release", Node.File("PRETTY_NAME=\"Sample OS\"\n"));
        tree.Find("/opt/data")!.ModifiedTime = Samples.Time;
        tree.Put("/var/lib/dpkg/status", Node.File("Package: libbig\nStatus: install ok installed\nVersion: 1:2.0-1\nArchitecture: amd64\n\nPackage: docs\nStatus: install ok installed\nVersion: 3\nArchitecture: all\n\n"));
        tree.Put("/var/lib/dpkg/info/libbig.list", Node.File("/.\n/usr/lib/big\n"));
        tree.Put("/var/lib/dpkg/info/docs.list", Node.File("/usr/share/doc/text\n"));
        return tree;
    }
}
