using System.Text;
using ImageBuilder.Pipeline.Inspection;

namespace ImageBuilder.Pipeline.Evidence;

/// <summary>Package URLs (purl specification, type deb): the name under which vulnerability scanners know a package.</summary>
internal static class PackageUrl
{
    /// <summary>"pkg:deb/debian/libssl3t64@3.5.1-1?arch=amd64&amp;distro=trixie&amp;upstream=openssl".</summary>
    /// <param name="package">The package.</param>
    /// <param name="distribution">ID of os-release.</param>
    /// <param name="codename">VERSION_CODENAME of os-release; null without.</param>
    public static string Of(DpkgPackage package, string distribution, string? codename)
    {
        var url = new StringBuilder($"pkg:deb/{Encode(distribution)}/{Encode(package.Name)}@{Encode(package.Version)}?arch={Encode(package.Architecture)}");
        if (codename is not null)
            url.Append("&distro=").Append(Encode(codename));
        if (package.Source != package.Name || package.SourceVersion != package.Version)
            url.Append("&upstream=").Append(Encode(package.SourceVersion == package.Version ? package.Source : $"{package.Source}@{package.SourceVersion}"));
        return url.ToString();
    }

    // Percent-encoding of RFC 3986, except for ':', which the specification keeps.
    private static string Encode(string text) => Uri.EscapeDataString(text).Replace("%3A", ":", StringComparison.Ordinal);
}
