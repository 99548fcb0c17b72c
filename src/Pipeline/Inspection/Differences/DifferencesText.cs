using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Differences;

/// <summary>Differences for people: what they come to first, then the list.</summary>
public static class DifferencesText
{
    private const int Shown = 40;
    private const int LabelWidth = 14;

    /// <summary>The whole text; empty when nothing differs.</summary>
    /// <param name="differences">What to tell.</param>
    /// <param name="all">List everything, however many files there are.</param>
    public static string Write(ImageDifferences differences, bool all)
    {
        if (differences.AreEqual)
            return "";
        var text = new StringBuilder($"{differences.Before} → {differences.After}\n");
        foreach (var fact in differences.Boot)
            Line(fact.Name, fact.Before == fact.After ? $"{Named(fact.Before)} (the same)" : $"{Named(fact.Before)} → {Named(fact.After)}");
        Line("files", Counts(differences.Files));
        if (differences.Medium.Count > 0)
            Line("medium", Counts(differences.Medium));
        if (differences.Packages is { } packages)
            Line("packages", packages.Count == 0 ? "the same" : string.Join(", ", packages.GroupBy(package => package.Change).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Count()} {group.Key}")));

        text.Append("\nSize by folder\n");
        foreach (var folder in differences.Folders.Append(new FolderDifference("all", differences.Folders.Sum(folder => folder.Before), differences.Folders.Sum(folder => folder.After))))
            text.Append($"  {folder.Path,-12}{ByteSize.Text(folder.Before),12} → {ByteSize.Text(folder.After),12}{(folder.Before == folder.After ? "" : "   " + Change(folder.After - folder.Before))}\n");
        if (differences.Packages is { Count: > 0 } changed)
            List("Packages", [.. changed.Select(Package)]);
        if (differences.Medium.Count > 0)
            List("Files of the medium", [.. differences.Medium.Select(File)]);
        if (differences.Files.Count > 0)
            List("Files", [.. differences.Files.Select(File)]);
        return EntryName.PrintableLines(text.ToString());

        void Line(string label, string value) => text.Append($"{label.PadRight(LabelWidth)}{value}\n");

        void List(string title, IReadOnlyList<string> lines)
        {
            text.Append($"\n{title}\n");
            foreach (var line in all ? lines : lines.Take(Shown))
                text.Append($"  {line}\n");
            if (!all && lines.Count > Shown)
                text.Append($"  … and {lines.Count - Shown} more; --all lists them\n");
        }
    }

    /// <summary>"3 added, 1 removed, 12 changed (content 10, mtime 12)".</summary>
    private static string Counts(IReadOnlyList<FileDifference> files)
    {
        if (files.Count == 0)
            return "the same";
        var parts = new List<string>();
        foreach (var group in files.GroupBy(file => file.Change).OrderBy(group => group.Key))
            parts.Add($"{group.Count()} {group.Key.ToString().ToLowerInvariant()}");
        var aspects = files.SelectMany(file => file.Aspects.Select(aspect => aspect.Name).Distinct()).GroupBy(name => name)
            .OrderBy(group => TreeDiff.AspectNames.ToList().IndexOf(group.Key)).Select(group => $"{group.Key} {group.Count()}").ToList();
        return string.Join(", ", parts) + (aspects.Count == 0 ? "" : $" ({string.Join(", ", aspects)})");
    }

    private static string Package(PackageDifference package) => package switch
    {
        { Before: null } => $"+ {package.Name} {package.After}",
        { After: null } => $"- {package.Name} {package.Before}",
        _ => $"{(package.Change == "downgraded" ? "v" : "^")} {package.Name} {package.Before} → {package.After}",
    };

    private static string File(FileDifference file) => file.Change switch
    {
        FileChange.Added => $"+ {file.Path}{Described(file.After!)}",
        FileChange.Removed => $"- {file.Path}{Described(file.Before!)}",
        _ => $"~ {file.Path}  {string.Join("; ", file.Aspects.Select(aspect => $"{aspect.Name}: {Named(aspect.Before)} → {Named(aspect.After)}"))}",
    };

    private static string Described(Node node) => node.Kind switch
    {
        NodeKind.File => $"  {ByteSize.Text(node.Content.Length)}",
        NodeKind.Directory => "/",
        NodeKind.Symlink => $" → {EntryName.Printable(node.Target.Span)}",
        _ => $"  {FileTypes.Name(node.Kind)}",
    };

    private static string Named(string value) => value.Length == 0 ? "none" : value;

    private static string Change(long bytes) => (bytes > 0 ? "+" : "-") + ByteSize.Text(Math.Abs(bytes));
}
