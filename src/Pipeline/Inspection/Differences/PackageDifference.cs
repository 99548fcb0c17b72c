namespace ImageBuilder.Pipeline.Inspection.Differences;

/// <summary>A Debian package that differs between two trees.</summary>
/// <param name="Name">Its name; "name:architecture" where one tree has it for several.</param>
/// <param name="Before">The version in the first tree; null when it is not there.</param>
/// <param name="After">The version in the second tree; null when it is not there.</param>
public sealed record PackageDifference(string Name, string? Before, string? After)
{
    /// <summary>"added", "removed", "upgraded", "downgraded", or "changed" for two texts of the same version.</summary>
    public string Change => (Before, After) switch
    {
        (null, _) => "added",
        (_, null) => "removed",
        var (before, after) => DebianVersion.Compare(before, after) switch { < 0 => "upgraded", > 0 => "downgraded", _ => "changed" },
    };

    /// <summary>Compares what is installed in two trees; null unless both have dpkg's database.</summary>
    public static IReadOnlyList<PackageDifference>? Between(DpkgStatus? before, DpkgStatus? after)
    {
        if (before is null || after is null)
            return null;
        var several = before.Installed.GroupBy(package => package.Name).Concat(after.Installed.GroupBy(package => package.Name))
            .Where(group => group.Count() > 1).Select(group => group.Key).ToHashSet(StringComparer.Ordinal);
        var (old, young) = (Versions(before), Versions(after));
        return [.. old.Keys.Union(young.Keys).Order(StringComparer.Ordinal)
            .Select(name => new PackageDifference(name, old.GetValueOrDefault(name), young.GetValueOrDefault(name)))
            .Where(package => package.Before != package.After)];

        Dictionary<string, string> Versions(DpkgStatus status)
        {
            var versions = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var package in status.Installed)
                versions[several.Contains(package.Name) ? $"{package.Name}:{package.Architecture}" : package.Name] = package.Version;
            return versions;
        }
    }
}
