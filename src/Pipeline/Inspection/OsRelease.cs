using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>Which system a tree holds: os-release(5).</summary>
public static class OsRelease
{
    private const int LargestFile = 1 << 20;

    /// <summary>The variables of /etc/os-release, else of /usr/lib/os-release; empty when neither is there.</summary>
    public static IReadOnlyDictionary<string, string> Read(Tree tree)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var node = tree.Resolve("/etc/os-release") ?? tree.Resolve("/usr/lib/os-release");
        if (node is not { Kind: NodeKind.File } || node.Content.Length > LargestFile)
            return values;
        foreach (var line in Encoding.UTF8.GetString(node.Content.ToArray()).Split('\n'))
            if (line.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals && line[0] != '#')
                values[line[..equals].Trim()] = Unquote(line[(equals + 1)..].Trim());
        return values;
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
