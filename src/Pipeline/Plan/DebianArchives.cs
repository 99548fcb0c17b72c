using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>The usual archives of Debian suites.</summary>
internal static class DebianArchives
{
    /// <summary>Debian releases with a "-security" suite (the archive's naming since bullseye).</summary>
    private static readonly string[] ReleasesWithSecurity = ["bullseye", "bookworm", "trixie", "stable", "oldstable"];

    /// <summary>The archives that fix a stable release after its day: an image without them would ship known holes.</summary>
    public static IEnumerable<DebianSource> Updates(string suite, string mirror, string? snapshot, IReadOnlyList<string> components)
    {
        if (!ReleasesWithSecurity.Contains(suite))
            yield break;
        yield return new DebianSource(mirror, suite + "-updates", components, null);
        yield return new DebianSource(snapshot is null ? "http://deb.debian.org/debian-security" : $"http://snapshot.debian.org/archive/debian-security/{snapshot}/",
            suite + "-security", components, null);
    }

    /// <summary>A suite that only its boot loader is taken from, with the defaults of base.debian.</summary>
    public static DebianBase ForBootLoader(string suite)
    {
        var mirror = SpecSchema.Document.Key("base")!.Type.Key("debian")!.Type.Key("mirror")!.Default!;
        string[] components = ["main"];
        return new DebianBase
        {
            Suite = suite,
            Mirror = mirror,
            Variant = DebianBase.NothingInstalled,
            Components = components,
            Sources = [.. Updates(suite, mirror, null, components)],
            Recommends = false,
        };
    }
}
