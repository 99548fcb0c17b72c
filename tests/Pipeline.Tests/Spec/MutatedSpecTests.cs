using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Tests.Spec;

public class MutatedSpecTests
{
    private static readonly string[] Snippets =
        ["{{", "}}", "{{name}}", "\\{{", ": ", "- ", "[", "]", "{", "}", "\"", "'", "|", ">", "&a ", "*a", "!!str ", "\n", "\t", "---\n", "...", "%YAML 1.1\n", "? ", "#", "~", "\0", "\u0085", "\u2028", "\uD800", "💿", "é", "\r", "  ", "0x", "<<: ", "../", "@", "`"];

    /// <summary>Per seed; SPEC_FUZZ_ROUNDS=100000 looks longer.</summary>
    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("SPEC_FUZZ_ROUNDS"), out var rounds) ? rounds : 1000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_a_spec_holds_the_loader_answers_with_a_plan_or_with_errors(int seed)
    {
        var random = new Random(seed);
        var texts = new[] { "wrong", "right" }.SelectMany(kind => GoldenSpecTests.Names(kind).Select(name => (kind, text: File.ReadAllText(Path.Combine(GoldenSpecTests.Folder(kind), name + ".yaml"))))).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            var (kind, original) = texts[random.Next(texts.Length)];
            var text = original;
            for (var change = random.Next(1, 6); change > 0; change--)
                text = Mutate(text, texts[random.Next(texts.Length)].text, random);
            try
            {
                var result = SpecLoader.Load(text, "live.yaml", GoldenSpecTests.Folder(kind), new Dictionary<string, string> { ["release"] = "1" }, "amd64");
                Assert.True(result.Plan is null != (result.Diagnostics.Count == 0));
                foreach (var diagnostic in result.Diagnostics)
                    Assert.StartsWith(diagnostic.Header, diagnostic.Render(), StringComparison.Ordinal);
                if (result.Plan is not null)
                    Assert.NotEmpty(PlanSummary.ToText(result.Plan) + PlanSummary.ToJson(result.Plan));
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}, round {round}: {e}\n--- the spec:\n{text}");
            }
        }
    }

    private static string Mutate(string text, string other, Random random)
    {
        var at = random.Next(text.Length + 1);
        var length = random.Next(Math.Min(20, text.Length - at) + 1);
        return random.Next(5) switch
        {
            0 => text.Remove(at, length),
            1 => text.Insert(at, Snippets[random.Next(Snippets.Length)]),
            2 => text.Insert(at, text.Substring(at, length)),
            3 => text[..at] + Snippets[random.Next(Snippets.Length)] + text[(at + length)..],
            _ => text.Insert(at, Line(other, random)),
        };
    }

    private static string Line(string text, Random random)
    {
        var lines = text.Split('\n');
        return "\n" + lines[random.Next(lines.Length)] + "\n";
    }
}
