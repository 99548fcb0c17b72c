using System.Text.RegularExpressions;

namespace ImageBuilder.EndToEnd.Tests.Recipes;

/// <summary>One section of docs/recipes.md.</summary>
/// <param name="Title">Its heading, with the number.</param>
/// <param name="Files">The files that it shows: blocks with a name beside their language.</param>
/// <param name="Commands">The lines of its console blocks, without the "$ ".</param>
/// <param name="Output">The lines of its text blocks: what it says is to be seen.</param>
internal sealed partial record Recipe(string Title, IReadOnlyDictionary<string, string> Files, IReadOnlyList<string> Commands, IReadOnlyList<string> Output)
{
    /// <summary>All of them, in order.</summary>
    public static IReadOnlyList<Recipe> All { get; } = Parse(File.ReadAllText(Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(Program.Path))!, "docs", "recipes.md")));

    /// <summary>The recipe whose spec has a name.</summary>
    public static Recipe Of(string spec) => All.Single(recipe => recipe.Files.ContainsKey(spec));

    /// <summary>The one spec among the files.</summary>
    public string Spec => Files.Keys.Single(name => name.EndsWith(".yaml", StringComparison.Ordinal));

    /// <summary>Saves the files under the names that stand beside them.</summary>
    public void SaveTo(TempFolder folder)
    {
        foreach (var (name, text) in Files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
            File.WriteAllText(folder[name], text);
        }
    }

    private static Recipe[] Parse(string text) =>
    [
        .. Heading().Split(text).Skip(1).Select(section =>
        {
            var blocks = Block().Matches(section).Select(match => (Language: match.Groups["language"].Value, Name: match.Groups["name"].Value, Text: match.Groups["text"].Value)).ToArray();
            return new Recipe(section.Split('\n', 2)[0],
                blocks.Where(block => block.Name.Length > 0).ToDictionary(block => block.Name, block => block.Text, StringComparer.Ordinal),
                [.. Lines("console").Select(line => line.Replace("$ ", "", StringComparison.Ordinal))],
                [.. Lines("text")]);

            IEnumerable<string> Lines(string language) => blocks.Where(block => block.Language == language).SelectMany(block => block.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }),
    ];

    [GeneratedRegex("^## ", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("^```(?<language>[a-z]+)( (?<name>\\S+))?\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Block();
}
