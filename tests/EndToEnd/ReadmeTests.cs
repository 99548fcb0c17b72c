namespace ImageBuilder.EndToEnd.Tests;

/// <summary>What the README shows is what there is.</summary>
public sealed class ReadmeTests
{
    private static readonly string Root = Path.GetDirectoryName(Path.GetDirectoryName(Program.Path))!;
    private static readonly string Readme = File.ReadAllText(Path.Combine(Root, "README.md"));

    [Fact]
    public void The_spec_it_shows_is_the_template_and_has_under_25_lines()
    {
        var template = File.ReadAllText(Path.Combine(Root, "templates", "live.yaml"));
        Assert.Contains($"```yaml\n{template}```", Readme);
        Assert.InRange(template.Split('\n').Length - 1, 1, 24);
    }

    [Fact]
    public void Every_verb_of_the_program_is_in_it()
    {
        var help = Program.Run(Root, "help").Output;
        var verbs = help.Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal) && !line.StartsWith("  imagebuilder", StringComparison.Ordinal)).Select(line => line.Trim().Split(' ')[0]).ToArray();
        Assert.Contains("build", verbs);
        Assert.Equal([], verbs.Where(verb => !Readme.Contains($"| `{verb}", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_mistakes_it_shows_are_reported_just_so()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["live.yaml"], "schema: 1\nname: live\nbase: { debian: { suite: trixie } }\npakages: [nano]\nusers:\n  - { name: ada, pasword: secret }\ncompression: zstd:99\n");
        Assert.Contains(Program.Run(folder.Path, "validate", "live.yaml").Error, Readme);
    }
}
