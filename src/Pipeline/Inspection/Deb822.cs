using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>
/// Debian's control file syntax (deb822(5)): paragraphs between empty lines, fields "Name: value", lines that begin with a blank go on with the
/// field above. Field names know no case; a value keeps its line breaks, without the blank that marks them.
/// </summary>
public static class Deb822
{
    /// <summary>The largest file that is read, bytes: Debian's whole Packages list has 60 million.</summary>
    private const int LargestFile = 256 << 20;

    /// <summary>The paragraphs of a file.</summary>
    /// <param name="content">The file.</param>
    /// <param name="name">How to call it in errors.</param>
    /// <exception cref="ImageException">IB5300: a line is neither a field nor goes on with one.</exception>
    public static IEnumerable<IReadOnlyDictionary<string, string>> Read(Content content, string name) =>
        Parse(Encoding.UTF8.GetString(content.ToArray(LargestFile)), name);

    /// <summary>The paragraphs of a text.</summary>
    /// <exception cref="ImageException">IB5300: a line is neither a field nor goes on with one.</exception>
    public static IEnumerable<IReadOnlyDictionary<string, string>> Parse(string text, string name)
    {
        var fields = New();
        string? field = null;
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.TrimEnd('\r', ' ', '\t');
            if (line.Length == 0)
            {
                if (fields.Count > 0)
                    yield return fields;
                (fields, field) = (New(), null);
            }
            else if (line[0] == '#')
            {
                // a comment, allowed everywhere
            }
            else if (line[0] is ' ' or '\t' && field is not null)
            {
                fields[field] += "\n" + line[1..];
            }
            else if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && line[0] is not (' ' or '\t'))
            {
                field = line[..colon];
                fields[field] = line[(colon + 1)..].Trim();
            }
            else
            {
                throw new ImageException(ImageErrorKind.Corrupt, "IB5300", $"{name}, line {number}: '{Shorten(line)}' is no 'Field: value' line of a Debian control file");
            }
        }
        if (fields.Count > 0)
            yield return fields;
    }

    private static Dictionary<string, string> New() => new(StringComparer.OrdinalIgnoreCase);

    private static string Shorten(string line) => line.Length <= 60 ? line : line[..60] + "…";
}
