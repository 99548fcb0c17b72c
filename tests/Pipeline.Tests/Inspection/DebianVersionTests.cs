using ImageBuilder.Pipeline.Inspection;

namespace ImageBuilder.Pipeline.Tests.Inspection;

public class DebianVersionTests
{
    // Ascending; every pair is compared both ways.
    private static readonly string[] Ascending =
    [
        "0~", "0", "1.0~~", "1.0~~a", "1.0~", "1.0~rc1-1", "1.0", "1.0-0+b1", "1.0-1~bpo12+1", "1.0-1", "1.0-1+b2", "1.0-1.1", "1.0a", "1.0+dfsg-1", "1.0.1", "1.2",
        "1.9-1", "1.10-1", "1.10-1ubuntu1", "1.10-1-1", "20240101-1", "99999999999999999999999", "1:0.1", "1:1.0", "2:0",
    ];

    [Fact]
    public void Versions_order_by_epoch_upstream_version_and_revision()
    {
        for (var i = 0; i < Ascending.Length; i++)
            for (var j = 0; j < Ascending.Length; j++)
                Assert.True(Math.Sign(DebianVersion.Compare(Ascending[i], Ascending[j])) == i.CompareTo(j), $"{Ascending[i]} against {Ascending[j]}");
    }

    [Theory]
    [InlineData("1.0", "0:1.0")]
    [InlineData("1.0", "1.0-0")]
    [InlineData("1.01", "1.1")]
    [InlineData("1.", "1.0")]
    public void Different_texts_may_be_the_same_version(string left, string right) => Assert.Equal(0, DebianVersion.Compare(left, right));

    [ToolFact("dpkg")]
    public void Dpkg_agrees_on_the_order_of_made_up_versions()
    {
        var random = new Random(20240117);
        const string Characters = "0011239aZ.+~-~:.";
        var versions = Enumerable.Range(0, 160).Select(_ => random.Next(10) + new string([.. Enumerable.Range(0, random.Next(7)).Select(_ => Characters[random.Next(Characters.Length)])]))
            .Where(version => !version.Contains(':') && !version.EndsWith('-')).Concat(Ascending).ToArray();
        // One shell asks dpkg about all pairs: a process per pair would take minutes.
        var pairs = versions.Select((version, i) => (Left: version, Right: versions[(i * 7 + 3) % versions.Length])).ToArray();
        var script = string.Concat(pairs.Select(pair =>
            $"if dpkg --compare-versions '{pair.Left}' lt '{pair.Right}'; then echo -1; elif dpkg --compare-versions '{pair.Left}' eq '{pair.Right}'; then echo 0; else echo 1; fi\n"));
        var answers = Tool.Run("sh", "-c", script).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(pairs.Select((pair, i) => $"{pair.Left} {pair.Right} {answers[i]}"),
            pairs.Select(pair => $"{pair.Left} {pair.Right} {Math.Sign(DebianVersion.Compare(pair.Left, pair.Right))}"));
    }
}
