using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Evidence;

/// <summary>Reads what <see cref="BaseTree.Notes"/> says about where packages came from.</summary>
internal static class OriginNotes
{
    /// <summary>SHA-256 of each package's .deb in the archives' lists, by "name version (architecture)".</summary>
    public static IReadOnlyDictionary<string, string> Digests(Tree notes)
    {
        var digests = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var fields in Read(notes, DebianHooks.PackagesNote))
            if (fields.TryGetValue("SHA256", out var digest))
                digests.TryAdd($"{fields["Package"]} {fields["Version"]} ({fields["Architecture"]})", digest);
        return digests;
    }

    /// <summary>The archives' state, by name.</summary>
    public static IReadOnlyList<LockedArchive> Archives(Tree notes) =>
        [.. Read(notes, DebianHooks.ArchivesNote).Select(fields => new LockedArchive(fields["Archive"], fields["Date"], fields["SHA256"])).OrderBy(archive => archive.Name, StringComparer.Ordinal)];

    /// <summary>The boot loader's packages, by name.</summary>
    public static IReadOnlyList<PackageFact> BootLoader(Tree notes) =>
    [
        .. Read(notes, DebianHooks.BootPackagesNote).Select(fields => new PackageFact(DpkgStatus.Package(fields), fields.GetValueOrDefault("SHA256"), null))
            .OrderBy(fact => fact.Package.Name, StringComparer.Ordinal),
    ];

    private static IEnumerable<IReadOnlyDictionary<string, string>> Read(Tree notes, string name) =>
        notes.Find(name) is { Kind: NodeKind.File } file ? Deb822.Read(file.Content, "the base's note " + name) : [];
}
