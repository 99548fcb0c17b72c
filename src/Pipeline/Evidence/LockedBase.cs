using ImageBuilder.Formats;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Evidence;

/// <summary>A base and its lock: one is made from the other, or compared with it.</summary>
internal static class LockedBase
{
    private const int MostNamed = 40;

    /// <summary>The lock that holds a base as it is.</summary>
    public static PackageLock Make(BuildPlan plan, BaseTree source)
    {
        var digests = OriginNotes.Digests(source.Notes);
        return new PackageLock
        {
            Epoch = source.Epoch.ToUnixTimeSeconds(),
            Requested = PackageLock.Requests(plan),
            Archives = OriginNotes.Archives(source.Notes),
            Packages = [.. DpkgStatus.Read(source.Root)?.Installed.Select(package => Locked(package, digests.GetValueOrDefault(package.ToString()))) ?? []],
            BootLoader = [.. OriginNotes.BootLoader(source.Notes).Select(fact => Locked(fact.Package, fact.Sha256))],
        };
    }

    /// <summary>Refuses a base that does not hold exactly what its lock says.</summary>
    /// <exception cref="ImageException">IB5314: the packages that differ.</exception>
    public static void Check(PackageLock wanted, PackageLock found)
    {
        var differences = Compare("", wanted.Packages, found.Packages).Concat(Compare("boot loader: ", wanted.BootLoader, found.BootLoader)).ToArray();
        if (differences.Length == 0)
            return;
        var named = string.Join('\n', differences.Take(MostNamed).Select(difference => "    " + difference));
        var more = differences.Length > MostNamed ? $"\n    and {differences.Length - MostNamed} more" : "";
        throw new ImageException(ImageErrorKind.Unsupported, "IB5314", $"locked: what was installed is not what the lock says; build --lock renews it:\n{named}{more}");
    }

    private static IEnumerable<string> Compare(string where, IReadOnlyList<LockedPackage> wanted, IReadOnlyList<LockedPackage> found)
    {
        var there = found.ToDictionary(Key, StringComparer.Ordinal);
        foreach (var package in wanted)
        {
            if (!there.Remove(Key(package), out var other))
                yield return $"{where}{package} is missing";
            else if (other.Version != package.Version)
                yield return $"{where}{package} is there in version {other.Version}";
            else if (other.Sha256 != package.Sha256)
                yield return $"{where}{package} has SHA-256 {other.Sha256 ?? "unknown"}, and the lock says {package.Sha256 ?? "unknown"}";
        }
        foreach (var package in there.Values.OrderBy(Key, StringComparer.Ordinal))
            yield return $"{where}{package} is not in the lock";

        static string Key(LockedPackage package) => $"{package.Name}:{package.Architecture}";
    }

    private static LockedPackage Locked(DpkgPackage package, string? sha256) => new(package.Name, package.Version, package.Architecture, sha256);
}
