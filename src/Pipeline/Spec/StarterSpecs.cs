namespace ImageBuilder.Pipeline.Spec;

/// <summary>The commented specs that <c>imagebuilder init</c> writes: <c>templates/starter-NAME.yaml</c>.</summary>
public static class StarterSpecs
{
    private const string Prefix = "starter-";
    private const string Suffix = ".yaml";

    /// <summary>The starters' names, such as "live".</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Templates.Names.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..^Suffix.Length])];

    /// <summary>The text of a starter, or null when there is none of that name.</summary>
    public static string? Find(string name) => Names.Contains(name) ? Templates.ReadText(Prefix + name + Suffix) : null;
}
