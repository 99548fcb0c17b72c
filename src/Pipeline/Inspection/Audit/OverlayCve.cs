namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>A vulnerability of overlayfs, and from which versions on it is mended.</summary>
/// <param name="Cve">Its number.</param>
/// <param name="Id">The finding's id.</param>
/// <param name="What">What somebody can do with it.</param>
/// <param name="Upstream">Which kernels of kernel.org have it; null when only a distribution's changes made it.</param>
/// <param name="Debian">Debian's mended package versions, by upstream series.</param>
/// <param name="Ubuntu">Ubuntu's mended package versions, by upstream series.</param>
internal sealed record OverlayCve(string Cve, string Id, string What, OverlayCve.Range? Upstream, IReadOnlyList<OverlayCve.Fix> Debian, IReadOnlyList<OverlayCve.Fix> Ubuntu)
{
    /// <summary>Kernels from <paramref name="First"/> on, until <paramref name="Mended"/>; the series in <paramref name="Stable"/> were mended by the release given.</summary>
    public sealed record Range(Version First, Version Mended, IReadOnlyList<Version> Stable);

    /// <summary>A package version that mends it.</summary>
    /// <param name="Series">The upstream series: 5.15.</param>
    /// <param name="Mended">The first version without it.</param>
    /// <param name="Worst">How much an older one matters: medium where the advisories disagree, or where a default that is off protects.</param>
    public sealed record Fix(Version Series, string Mended, Severity Worst = Severity.High);

    /// <summary>
    /// The overlayfs vulnerabilities that let an ordinary user become root. From the advisories USN-4915-1 to USN-4917-1 (CVE-2021-3493), DSA-5402-1 and
    /// USN-6025-1 (CVE-2023-0386), USN-6250-1, USN-6260-1 and Ubuntu's CVE tracker (CVE-2023-2640 and CVE-2023-32629), and from the changelogs of 5.15.91 and 6.1.9.
    /// </summary>
    public static IReadOnlyList<OverlayCve> All { get; } =
    [
        new("CVE-2021-3493", "AU0101", "file capabilities set inside a user namespace count outside of it: any user becomes root",
            Upstream: null, Debian: [],
            Ubuntu: [new(new(4, 4), "4.4.0-209.241"), new(new(4, 15), "4.15.0-142.146"), new(new(5, 4), "5.4.0-72.80"), new(new(5, 8), "5.8.0-50.56")]),
        new("CVE-2023-0386", "AU0102", "a set-uid file of somebody without a number in the user namespace keeps its bit when it is copied up: any user becomes root",
            Upstream: new(new(5, 11, 0), new(6, 2, 0), [new(5, 15, 91), new(6, 1, 9)]),
            Debian: [new(new(5, 10), "5.10.179-1", Severity.Medium)],
            Ubuntu: [new(new(5, 15), "5.15.0-70.77")]),
        new("CVE-2023-2640", "AU0103", "trusted.overlay attributes are set without a check: any user becomes root",
            Upstream: null, Debian: [],
            Ubuntu: [new(new(5, 15), "5.15.0-177.187", Severity.Medium), new(new(5, 19), "5.19.0-50.50"), new(new(6, 2), "6.2.0-26.26")]),
        new("CVE-2023-32629", "AU0104", "copying up metadata sets attributes without a check: any user becomes root",
            Upstream: null, Debian: [],
            Ubuntu: [new(new(5, 4), "5.4.0-155.172", Severity.Medium), new(new(5, 15), "5.15.0-177.187", Severity.Medium), new(new(5, 19), "5.19.0-50.50"), new(new(6, 2), "6.2.0-26.26")]),
    ];
}
