using System.Runtime.CompilerServices;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Pipeline.Tests.Spec;

/// <summary>
/// Specs beside what they must come to. After a wanted change, record anew with `RECORD_GOLDEN=1 dotnet test tests/Pipeline.Tests` and read
/// the difference. A spec's first lines may give variables: `# --set name=value`.
/// </summary>
public class GoldenSpecTests
{
    public static TheoryData<string> Wrong => [.. Names("wrong")];

    public static TheoryData<string> Right => [.. Names("right")];

    [Theory, MemberData(nameof(Wrong))]
    public void A_wrong_spec_gives_exactly_these_errors(string name)
    {
        var result = Load("wrong", name);
        Assert.Null(result.Plan);
        Assert.NotEmpty(result.Diagnostics);
        Compare("wrong", name, string.Concat(result.Diagnostics.Select(diagnostic => diagnostic.Render() + "\n")));
    }

    [Theory, MemberData(nameof(Right))]
    public void A_right_spec_resolves_to_exactly_this_plan(string name)
    {
        var result = Load("right", name);
        Assert.Equal("", string.Join("\n", result.Diagnostics.Select(diagnostic => diagnostic.Render())));
        var plan = result.Plan! with { SpecFolder = "/spec" };
        Compare("right", name, PlanSummary.ToText(result.Plan!) + "\n" + PlanSummary.ToJson(plan).Replace(result.Plan!.SpecFolder, "/spec", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_kind_of_error_is_shown_by_some_wrong_spec()
    {
        // The two that need a file that is no text at all, or none, have tests of their own; this machine's architecture has one too.
        var seen = Names("wrong").SelectMany(name => Load("wrong", name).Diagnostics).Select(diagnostic => diagnostic.Id)
            .Concat([SpecErrors.CannotRead.Id, SpecErrors.NotText.Id]).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(SpecErrors.All.Select(error => error.Id), seen);
    }

    [Fact]
    public void Error_ids_are_unique_and_of_the_form_that_users_search_for()
    {
        Assert.All(SpecErrors.All, error => Assert.Matches("^IB1[123][0-9]{2}$", error.Id));
        Assert.Equal(SpecErrors.All.Count, SpecErrors.All.Select(error => error.Id).Distinct().Count());
    }

    internal static string Folder(string kind, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Golden", kind);

    internal static IEnumerable<string> Names(string kind) =>
        Directory.EnumerateFiles(Folder(kind), "*.yaml").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    internal static SpecResult Load(string kind, string name)
    {
        var text = File.ReadAllText(Path.Combine(Folder(kind), name + ".yaml"));
        var set = text.Split('\n').Where(line => line.StartsWith("# --set ", StringComparison.Ordinal))
            .Select(line => line["# --set ".Length..].Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return SpecLoader.Load(text, name + ".yaml", Folder(kind), set, "amd64");
    }

    private static void Compare(string kind, string name, string actual)
    {
        var golden = Path.Combine(Folder(kind), name + ".expected");
        if (Environment.GetEnvironmentVariable("RECORD_GOLDEN") == "1")
            File.WriteAllText(golden, actual);
        Assert.Equal(File.ReadAllText(golden), actual);
    }
}
