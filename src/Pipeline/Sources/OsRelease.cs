using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>What a tree says about its distribution: /etc/os-release, os-release(5).</summary>
/// <param name="Id">ID=, such as "debian".</param>
/// <param name="Codename">VERSION_CODENAME=, such as "trixie"; null when there is none.</param>
/// <param name="Name">PRETTY_NAME=, such as "Debian GNU/Linux 13 (trixie)"; empty when there is none.</param>
internal sealed record OsRelease(string Id, string? Codename, string Name)
{
    private const int Longest = 64 << 10; // bytes

    /// <summary>Reads the file; null when the tree has none.</summary>
    public static OsRelease? Read(Tree tree)
    {
        var file = (string[])["/etc/os-release", "/usr/lib/os-release"];
        if (file.Select(tree.Resolve).FirstOrDefault(node => node is { Kind: NodeKind.File, Content.Length: <= Longest }) is not { } found)
            return null;
        var values = Encoding.UTF8.GetString(found.Content.ToArray()).Split('\n')
            .Select(line => line.Trim().Split('=', 2)).Where(pair => pair.Length == 2)
            .ToLookup(pair => pair[0], pair => pair[1].Trim('"', '\''));
        var codename = values["VERSION_CODENAME"].LastOrDefault();
        return new OsRelease(values["ID"].LastOrDefault() ?? "linux", codename is { Length: > 0 } && codename.All(char.IsAsciiLetterLower) ? codename : null, values["PRETTY_NAME"].LastOrDefault() ?? "");
    }
}
