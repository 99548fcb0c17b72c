using ImageBuilder.Linux.Modules;

namespace ImageBuilder.Linux.Tests.Modules;

public class GlobTests
{
    [Theory]
    [InlineData("pci:v00008086d*sv*sd*bc*sc*i*", "pci:v00008086d00007010sv00001AF4sd00001100bc01sc01i80")]
    [InlineData("pci:v*d*sv*sd*bc01sc06i01*", "pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01")]
    [InlineData("usb:v0421p0019d059[2-9]dc*dsc*", "usb:v0421p0019d0595dc00dsc00")]
    [InlineData("acpi*:PNP0A05:*", "acpi:PNP0A05:")]
    [InlineData("scsi:t-0x05*", "scsi:t-0x05")]
    [InlineData("platform:rtsx_pci_sdmmc", "platform:rtsx-pci-sdmmc")]
    [InlineData("a?c", "abc")]
    [InlineData("*", "")]
    [InlineData("x[!0-9]", "xa")]
    public void Matches(string pattern, string alias) => Assert.True(Glob.Matches(pattern, alias));

    [Theory]
    [InlineData("pci:v00008086d*", "pci:v00008087d00000001")]
    [InlineData("usb:v0421p0019d059[2-9]*", "usb:v0421p0019d0591")]
    [InlineData("scsi:t-0x05", "scsi:t-0x051")]
    [InlineData("abc", "ab")]
    [InlineData("ab", "abc")]
    [InlineData("x[!0-9]", "x5")]
    public void Does_not_match(string pattern, string alias) => Assert.False(Glob.Matches(pattern, alias));

    [ToolFact("python3")]
    public void Agrees_with_fnmatch_on_random_patterns()
    {
        var random = new Random(7);
        var pairs = Enumerable.Range(0, 2000).Select(_ => (Pattern: Text("ab*?", 8), Alias: Text("ab", 10))).ToList();
        using var folder = new TempFolder();
        File.WriteAllLines(folder["pairs"], pairs.Select(pair => $"{pair.Pattern},{pair.Alias}"));
        var expected = Tool.Run("python3", "-c",
            "import fnmatch,sys\nfor line in open(sys.argv[1]):\n p,a=line[:-1].split(',')\n print(int(fnmatch.fnmatchcase(a,p)))", folder["pairs"])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line == "1").ToList();

        Assert.Equal(expected, pairs.Select(pair => Glob.Matches(pair.Pattern, pair.Alias)));
        Assert.Contains(true, expected);
        Assert.Contains(false, expected);

        string Text(string alphabet, int most) => new([.. Enumerable.Range(0, random.Next(most)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
    }
}
