using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Tests.Plan;

public class PlanHashTests
{
    private const string Spec = "schema: 1\nname: live\nbase: { debian: { suite: trixie } }\nusers: [{ name: ada, password: one }]\nfiles: [{ path: /a, content: a }]\n";

    [Fact]
    public void The_same_plan_written_otherwise_or_lying_elsewhere_has_the_same_hash()
    {
        var reordered = "# a comment\nfiles:\n  - content: a\n    path: /a\nbase:\n  debian: { suite: trixie, variant: minbase }\nusers:\n  - { name: ada, password: one }\nlimits: { iso: 1G }\nname: live\nschema: 1\n";
        Assert.Equal(PlanHash.Of(Load(Spec, "/here")), PlanHash.Of(Load(reordered, "/elsewhere")));
    }

    [Theory]
    [InlineData("trixie", "bookworm")]
    [InlineData("name: live", "name: other")]
    [InlineData("password: one", "password: two")]
    [InlineData("content: a", "content: b")]
    [InlineData("path: /a", "path: /b")]
    [InlineData("users:", "hostname: x\nusers:")]
    [InlineData("users:", "compression: xz\nusers:")]
    [InlineData("users:", "keep: [apt]\nusers:")]
    [InlineData("users:", "drivers: virtio\nusers:")]
    [InlineData("users:", "scripts: [{ run: a }]\nusers:")]
    [InlineData("users:", "timezone: Europe/Berlin\nusers:")]
    public void A_plan_that_gives_other_bytes_has_another_hash(string old, string changed) =>
        Assert.NotEqual(PlanHash.Of(Load(Spec)), PlanHash.Of(Load(Spec.Replace(old, changed, StringComparison.Ordinal))));

    [Fact]
    public void Summaries_show_no_secret()
    {
        var plan = Load(Spec.Replace("password: one", "password: sesame", StringComparison.Ordinal) + "variables: {}\n");
        var hashed = Load(Spec.Replace("password: one", "passwordHash: $6$sesame$x", StringComparison.Ordinal));
        Assert.All(new[] { plan, hashed }.SelectMany(p => new[] { PlanSummary.ToText(p), PlanSummary.ToJson(p) }), text => Assert.DoesNotContain("sesame", text, StringComparison.Ordinal));
    }

    private static BuildPlan Load(string spec, string folder = "/spec")
    {
        var result = SpecLoader.Load(spec, "live.yaml", folder, new Dictionary<string, string>(), "amd64");
        Assert.Empty(result.Diagnostics);
        return result.Plan!;
    }
}
