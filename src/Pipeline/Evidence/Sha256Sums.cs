using System.Text.RegularExpressions;

namespace ImageBuilder.Pipeline.Evidence;

/// <summary>A SHA256SUMS file (sha256sum(1)): one line a file, sorted by name. Several images share one.</summary>
internal sealed partial class Sha256Sums
{
    /// <summary>The file's name.</summary>
    public const string FileName = "SHA256SUMS";

    private readonly SortedDictionary<string, string> digests = new(StringComparer.Ordinal);
    private readonly List<string> others = [];

    /// <summary>What a folder's file says; nothing when there is none. Lines of another form stay as they are.</summary>
    public static Sha256Sums Read(string folder)
    {
        var sums = new Sha256Sums();
        var path = Path.Combine(folder, FileName);
        foreach (var line in File.Exists(path) ? File.ReadAllLines(path) : [])
            if (SumLine().Match(line) is { Success: true } match)
                sums.digests[match.Groups["name"].Value] = match.Groups["digest"].Value;
            else
                sums.others.Add(line);
        return sums;
    }

    /// <summary>Puts a file's line in, in place of an older one.</summary>
    public void Set(FileFact file) => digests[file.Path] = file.Sha256;

    /// <summary>Takes a file's line out; false when there was none.</summary>
    public bool Remove(string name) => digests.Remove(name);

    /// <summary>Takes out the lines of files that are no longer in the folder: `sha256sum -c` would fail for them.</summary>
    public void Sweep(string folder)
    {
        foreach (var name in digests.Keys.Where(name => !File.Exists(Path.Combine(folder, name))).ToArray())
            digests.Remove(name);
    }

    /// <summary>The file's text.</summary>
    public string ToText() => string.Concat(others.Concat(digests.Select(line => $"{line.Value}  {line.Key}")).Select(line => line + "\n"));

    [GeneratedRegex(@"^(?<digest>[0-9a-f]{64}) [ *](?<name>[^/]+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex SumLine();
}
