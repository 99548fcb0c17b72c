using System.Globalization;

namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>
/// The kernel against overlayfs' vulnerabilities. Distributions mend old versions, so their package version decides where it is known, and the
/// upstream version only otherwise; each finding says how it was judged.
/// </summary>
internal sealed class OverlayCveCheck : IAuditCheck
{
    private const string Update = "build the image again with the suite's security updates (build --refresh), so that it gets a newer kernel";

    public IEnumerable<Finding> Run(AuditTarget target)
    {
        if (target.Kernels.Count == 0)
            yield return new Finding("AU0100", Severity.Info, "kernel", "there is no kernel, no configuration and no modules of one in the tree: the vulnerabilities of overlayfs were not judged", "");
        foreach (var kernel in target.Kernels)
        {
            if (kernel.HasConfig && kernel.Option("OVERLAY_FS") is null)
            {
                yield return new Finding("AU0100", Severity.Info, kernel.Release, "not affected by the vulnerabilities of overlayfs: its configuration has OVERLAY_FS off", "");
                continue;
            }
            foreach (var cve in OverlayCve.All)
            {
                var (severity, judged) = Judge(kernel, cve, target);
                var package = kernel.PackageVersion is { } version ? $" (package version {version})" : ""; // the release is the finding's subject
                if (severity > Severity.Medium && UserNamespaces.Of(kernel, target).State == UserNamespaces.Access.Off)
                    (severity, judged) = (Severity.Medium, judged + "; user namespaces of ordinary users are off, which stands in the way of it");
                yield return new Finding(cve.Id, severity, kernel.Release, severity == Severity.Info ? $"{cve.Cve}: not affected: {judged}{package}" : $"{cve.Cve}: {judged}{package}; {cve.What}",
                    severity == Severity.Info ? "" : Update);
            }
        }
    }

    private static (Severity Severity, string Judged) Judge(InstalledKernel kernel, OverlayCve cve, AuditTarget target)
    {
        var upstream = kernel.Upstream;
        var isUbuntu = kernel.Distribution == "ubuntu" || kernel.Distribution.Length == 0 && kernel.Release.EndsWith("-generic", StringComparison.Ordinal);
        if (upstream.Major == 0)
            return (Severity.Medium, "its version cannot be read, so it could not be judged");
        if (isUbuntu)
            return JudgeUbuntu(kernel, cve, upstream);
        if (cve.Debian.FirstOrDefault(fix => IsSeries(upstream, fix.Series)) is { } debian && kernel.Distribution == "debian" && kernel.PackageVersion is { } version)
            return DebianVersion.Compare(version, debian.Mended) >= 0 ? (Severity.Info, $"Debian mended it in {debian.Mended}")
                : (UserNamespaces.PermitsMountsByOption(target) ? Severity.High : debian.Worst, $"Debian mended it in {debian.Mended}, this is older (without permit_mounts_in_userns=1 users cannot mount overlays there)");
        if (cve.Upstream is not { } range)
            return upstream < new Version(5, 11) && UserNamespaces.PermitsMountsByOption(target)
                ? (Severity.Medium, "permit_mounts_in_userns=1 lets users mount overlays on a kernel before 5.11; it could not be judged")
                : (Severity.Info, "it came with changes that only Ubuntu's kernels have");
        if (upstream < range.First)
            return (Severity.Info, $"it came with {Text(range.First)}");
        if (upstream >= range.Mended)
            return (Severity.Info, $"mended in {Text(range.Mended)}");
        if (range.Stable.FirstOrDefault(stable => IsSeries(upstream, stable)) is { } mended)
            return upstream >= mended ? (Severity.Info, $"mended in {Text(mended)}") : (Severity.High, $"mended in {Text(mended)}, this is older");
        return (Severity.High, $"kernels from {Text(range.First)} to {Text(range.Mended)} have it, and no mended release of this series is known here");
    }

    private static (Severity, string) JudgeUbuntu(InstalledKernel kernel, OverlayCve cve, Version upstream)
    {
        // Series begin with the version they were made from: 6.5 has everything that 6.2 had in the end.
        var newest = cve.Ubuntu.Max(fix => fix.Series)!;
        if (cve.Upstream is { } range && upstream >= range.Mended)
            return (Severity.Info, $"mended in {Text(range.Mended)}");
        if (cve.Upstream is null && IsLater(upstream, newest))
            return (Severity.Info, $"Ubuntu's series after {newest} do not have it");
        if (cve.Upstream is { } introduced && upstream < introduced.First)
            return (Severity.Info, $"it came with {Text(introduced.First)}");
        if (cve.Ubuntu.FirstOrDefault(fix => IsSeries(upstream, fix.Series)) is not { } known)
            return cve.Id is "AU0103" or "AU0104" ? (Severity.Info, "Ubuntu's tracker does not list this series") : (Severity.Medium, "this series is not in Ubuntu's advisories known here; it could not be judged");
        if (kernel.PackageVersion is not { } version)
            return (Severity.Medium, $"Ubuntu mended it in {known.Mended}, and the package's version is not known");
        // Kernels for clouds and boards count their builds from 1000 on by themselves: 5.15.0-1034-azure.
        if (Abi(version) >= 1000)
            return (Severity.Medium, $"Ubuntu mended the generic kernel in {known.Mended}; this flavour has numbers of its own and could not be judged");
        var plain = version.Split('~')[0]; // 5.15.0-70.77~20.04.1, the same kernel for the release before
        if (DebianVersion.Compare(plain, known.Mended) >= 0)
            return (Severity.Info, $"Ubuntu mended it in {known.Mended}");
        return (known.Worst, $"Ubuntu mended it in {known.Mended}, this is older{(known.Worst == Severity.Medium ? " (whether it can be used in this series is disputed)" : "")}");
    }

    private static int Abi(string version) =>
        version.Split('-') is [_, var build, ..] && int.TryParse(build.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var abi) ? abi : 0;

    private static bool IsSeries(Version version, Version series) => (version.Major, version.Minor) == (series.Major, series.Minor);

    private static bool IsLater(Version version, Version series) => version.Major > series.Major || version.Major == series.Major && version.Minor > series.Minor;

    private static string Text(Version version) => version.Build > 0 ? version.ToString(3) : version.ToString(2);
}
