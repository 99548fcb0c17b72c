using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>What a tree says about its system: /etc/os-release, else /usr/lib/os-release, os-release(5).</summary>
/// <param name="Id">ID=, such as "debian"; "linux" when there is none.</param>
/// <param name="Codename">VERSION_CODENAME=, such as "trixie"; null when there is none that could be a suite's name.</param>
/// <param name="Name">PRETTY_NAME=, for people; empty when there is none.</param>
public sealed record OsRelease(string Id, string? Codename, string Name)
{
    private const int Longest = 64 << 10; // bytes

    /// <summary>Reads the file; null when the tree has none.</summary>
    public static OsRelease? Read(Tree tree)
    {
        var node = tree.Resolve("/etc/os-release") ?? tree.Resolve("/usr/lib/os-release");
        if (node is not { Kind: NodeKind.File, Content.Length: <= Longest })
            return null;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in Encoding.UTF8.GetString(node.Content.ToArray()).Split('\n'))
            if (line.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals && line[0] != '#')
                values[line[..equals].Trim()] = Unquote(line[(equals + 1)..].Trim());
        var codename = values.GetValueOrDefault("VERSION_CODENAME");
        return new OsRelease(values.GetValueOrDefault("ID", "linux"), codename is { Length: > 0 } && codename.All(char.IsAsciiLetterLower) ? codename : null,
            values.GetValueOrDefault("PRETTY_NAME", ""));
    }

    // Shell quoting: single or double quotes around the whole, a backslash before what is special within double ones.
    private static string Unquote(string value)
    {
        if (value.Length < 2 || value[0] is not ('"' or '\'') || value[^1] != value[0])
            return value;
        var inner = value[1..^1];
        if (value[0] == '\'')
            return inner;
        var text = new StringBuilder();
        for (var i = 0; i < inner.Length; i++)
            text.Append(inner[i] == '\\' && i + 1 < inner.Length ? inner[++i] : inner[i]);
        return text.ToString();
    }
}
