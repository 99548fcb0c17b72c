using System.Text;
using System.Text.RegularExpressions;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection;

namespace ImageBuilder.Pipeline.Evidence;

/// <summary>
/// The licence that a package's /usr/share/doc/NAME/copyright declares, where that is in Debian's machine-readable format 1.0 (DEP-5) and names
/// only licences that SPDX's list has too; else a person has to read it.
/// </summary>
internal static partial class DeclaredLicense
{
    private const int LargestFile = 4 << 20;

    /// <summary>Debian's short names, lower-case, that are not SPDX's identifiers already, and those that are.</summary>
    private static readonly Dictionary<string, string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["0BSD"] = "0BSD", ["Apache-1.1"] = "Apache-1.1", ["Apache-2"] = "Apache-2.0", ["Apache-2.0"] = "Apache-2.0", ["Artistic-2"] = "Artistic-2.0", ["Artistic-2.0"] = "Artistic-2.0",
        ["BSD-2-clause"] = "BSD-2-Clause", ["BSD-3-clause"] = "BSD-3-Clause", ["BSD-4-clause"] = "BSD-4-Clause", ["BSL-1.0"] = "BSL-1.0",
        ["CC-BY-3.0"] = "CC-BY-3.0", ["CC-BY-4.0"] = "CC-BY-4.0", ["CC-BY-SA-3.0"] = "CC-BY-SA-3.0", ["CC-BY-SA-4.0"] = "CC-BY-SA-4.0", ["CC0"] = "CC0-1.0", ["CC0-1.0"] = "CC0-1.0",
        ["Expat"] = "MIT", ["MIT"] = "MIT", ["ISC"] = "ISC", ["MPL-1.1"] = "MPL-1.1", ["MPL-2.0"] = "MPL-2.0", ["OFL-1.1"] = "OFL-1.1", ["Unlicense"] = "Unlicense", ["X11"] = "X11", ["Zlib"] = "Zlib",
    };

    private static readonly HashSet<string> GnuVersions = ["GPL-1.0", "GPL-2.0", "GPL-3.0", "LGPL-2.0", "LGPL-2.1", "LGPL-3.0", "AGPL-3.0"];

    /// <summary>An SPDX licence expression, or null.</summary>
    public static string? Of(Tree root, string package) =>
        root.Resolve($"/usr/share/doc/{package}/copyright") is { Kind: NodeKind.File } file && file.Content.Length <= LargestFile
            ? Of(Encoding.UTF8.GetString(file.Content.ToArray(LargestFile))) : null;

    /// <summary>An SPDX licence expression for the text of a copyright file, or null.</summary>
    internal static string? Of(string copyright)
    {
        if (!FormatLine().IsMatch(copyright))
            return null;
        var licenses = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            foreach (var paragraph in Deb822.Parse(copyright, "copyright").Where(paragraph => paragraph.ContainsKey("Files")))
            {
                if (!paragraph.TryGetValue("License", out var license) || Expression(license.Split('\n')[0].Trim()) is not { } expression)
                    return null;
                licenses.Add(expression);
            }
        }
        catch (ImageException error) when (error.Kind == ImageErrorKind.Corrupt)
        {
            return null; // written by hand, and not quite in the format
        }
        return licenses.Count switch
        {
            0 => null,
            1 => licenses.Min,
            _ => string.Join(" AND ", licenses.Select(license => license.Contains(" OR ", StringComparison.Ordinal) ? $"({license})" : license)),
        };
    }

    /// <summary>"GPL-2+ or Artistic-2.0" → "Artistic-2.0 OR GPL-2.0-or-later"; null for more than one kind of link, exceptions, and unknown names.</summary>
    private static string? Expression(string license)
    {
        var words = license.Replace(",", " and ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] links = [.. words.Where(IsLink).Distinct()];
        var names = words.Where(word => !IsLink(word)).Select(Identifier).ToArray();
        if (links.Length > 1 || names.Length == 0 || names.Contains(null) || words.Length != 2 * names.Length - 1)
            return null;
        return string.Join(links is ["or"] ? " OR " : " AND ", names.Order(StringComparer.Ordinal).Distinct());

        static bool IsLink(string word) => word is "or" or "and";
    }

    private static string? Identifier(string name)
    {
        if (Known.TryGetValue(name, out var known))
            return known;
        if (GnuName().Match(name) is not { Success: true } gnu)
            return null;
        var version = gnu.Groups["version"].Value;
        var identifier = $"{gnu.Groups["family"].Value.ToUpperInvariant()}-{(version.Contains('.', StringComparison.Ordinal) ? version : version + ".0")}";
        return GnuVersions.Contains(identifier) ? identifier + (gnu.Groups["later"].Success ? "-or-later" : "-only") : null;
    }

    [GeneratedRegex(@"^Format:\s*https?://(www\.)?debian\.org/doc/packaging-manuals/copyright-format/1\.0/?\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex FormatLine();

    [GeneratedRegex(@"^(?<family>A?GPL|LGPL)-(?<version>\d(\.\d)?)((?<later>\+|-or-later)|-only)?$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex GnuName();
}
