using System.IO.Enumeration;

namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>
/// sshd_config(5): the first value of a keyword counts, Include reads other files in its place, and what follows Match holds only for some
/// connections, up to the next Match or the end of the file.
/// </summary>
internal sealed class SshdConfig
{
    private const string Main = "/etc/ssh/sshd_config";
    private const int MaxDepth = 16; // as sshd's own limit
    private readonly Dictionary<string, (string Text, string Where)> values = new(StringComparer.Ordinal);

    /// <summary>What holds for some connections: condition, keyword in lower case, value.</summary>
    public List<(string Condition, string Keyword, string Value)> Conditional { get; } = [];

    /// <summary>Reads an image's configuration; a missing file leaves every default.</summary>
    public static SshdConfig Read(AuditTarget target)
    {
        var config = new SshdConfig();
        config.Read(target, Main, null, 0);
        return config;
    }

    /// <summary>A keyword's value in lower case and where it is set; or its default.</summary>
    public (string Text, string Where) Value(string keyword, string byDefault) =>
        values.TryGetValue(Lower(keyword), out var value) ? value : (byDefault, "sshd's default");

    /// <summary>Reads one file; a Match in it ends with it.</summary>
    private void Read(AuditTarget target, string path, string? condition, int depth)
    {
        var number = 0;
        foreach (var line in (target.ReadText(path) ?? "").Split('\n'))
        {
            number++;
            // Keyword and arguments are separated by blanks or one '='.
            var words = line.Replace('=', ' ').Replace("\"", "", StringComparison.Ordinal).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || words[0].StartsWith('#'))
                continue;
            var keyword = Lower(words[0]);
            if (keyword == "match")
            {
                var said = string.Join(' ', words[1..]);
                condition = Lower(said) == "all" ? null : said;
            }
            else if (keyword == "include" && depth < MaxDepth)
            {
                foreach (var file in words[1..].SelectMany(pattern => Expand(target, pattern)))
                    Read(target, file, condition, depth + 1);
            }
            else if (condition is not null)
            {
                Conditional.Add((condition, keyword, Lower(words[1])));
            }
            else
            {
                values.TryAdd(keyword, (Lower(words[1]), $"{path}, line {number}"));
            }
        }
    }

    // Relative names are below /etc/ssh; wildcards only in the last name, as distributions use them.
    private static IEnumerable<string> Expand(AuditTarget target, string pattern)
    {
        var path = pattern.StartsWith('/') ? pattern : "/etc/ssh/" + pattern;
        var slash = path.LastIndexOf('/');
        var name = path[(slash + 1)..];
        return target.Files(path[..slash], "").Where(file => FileSystemName.MatchesSimpleExpression(name, file.Name, ignoreCase: false)).Select(file => file.Path);
    }

    private static string Lower(string text) => text.ToLowerInvariant();
}
