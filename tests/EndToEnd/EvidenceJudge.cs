using System.Text.Json;
using System.Text.RegularExpressions;

namespace ImageBuilder.EndToEnd.Tests;

/// <summary>Foreign tools look at an image's evidence: sha256sum, the SPDX validator of another project, dpkg's own database, a licence parser.</summary>
internal static class EvidenceJudge
{
    private static readonly string SbomTool = Path.Combine(Path.GetDirectoryName(Program.Path)!, "tools", "sbom-tool");

    /// <summary>The members of the published SPDX 2.3 JSON schema's objects that evidence uses; the schema allows no others.</summary>
    private static readonly Dictionary<string, string[]> Members = new()
    {
        ["document"] = ["spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo", "packages", "relationships"],
        ["packages"] = ["SPDXID", "name", "versionInfo", "packageFileName", "primaryPackagePurpose", "supplier", "downloadLocation", "filesAnalyzed", "licenseConcluded", "licenseDeclared", "copyrightText", "checksums", "externalRefs", "homepage", "sourceInfo"],
        ["relationships"] = ["spdxElementId", "relationshipType", "relatedSpdxElement"],
    };

    /// <summary>Checks the artefacts of one build.</summary>
    /// <param name="artefacts">What the build listed: an ISO, a disk that keeps data, and the evidence.</param>
    /// <param name="layer">The image's layer.</param>
    public static void Check(string[] artefacts, string layer)
    {
        Assert.Equal(["iso", "img", "manifest.json", "spdx.json", "SHA256SUMS"], artefacts.Select(path => Regex.Match(path, @"(iso|img|manifest\.json|spdx\.json|SHA256SUMS)$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5)).Value));
        var sums = Tool.Run("sh", "-c", $"cd '{Path.GetDirectoryName(artefacts[0])}' && sha256sum --strict -c SHA256SUMS");
        Assert.Equal(4, sums.Split('\n').Count(line => line.EndsWith(": OK", StringComparison.Ordinal)));

        var installed = Installed(layer);
        CheckManifest(JsonDocument.Parse(File.ReadAllText(artefacts[2])).RootElement, installed, layer);
        CheckSpdx(artefacts[3], installed);
        // Of the builder's machine nothing may be in there: not its name, not its folders, not its clock.
        var epoch = JsonDocument.Parse(File.ReadAllText(artefacts[3])).RootElement.GetProperty("creationInfo").GetProperty("created").GetString()!;
        foreach (var text in artefacts[2..4].Select(path => File.ReadAllText(path).Replace(epoch, "", StringComparison.Ordinal))) // an archive may be of this very hour
        {
            Assert.DoesNotContain(Path.GetDirectoryName(artefacts[0])!, text);
            Assert.DoesNotContain($"\"{Environment.MachineName}\"", text);
            Assert.DoesNotContain(DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH", System.Globalization.CultureInfo.InvariantCulture), text);
        }
    }

    private static void CheckManifest(JsonElement manifest, string[] installed, string layer)
    {
        Assert.Equal(installed, manifest.GetProperty("packages").EnumerateArray().Select(Name));
        var packed = manifest.GetProperty("layers")[0];
        Assert.Equal(new FileInfo(layer).Length, packed.GetProperty("size").GetInt64());
        Assert.StartsWith(packed.GetProperty("sha256").GetString()!, Tool.Run("sha256sum", layer));
        Assert.StartsWith("linux-image-6.", manifest.GetProperty("kernel").GetProperty("package").GetString());
        Assert.Contains("ib.id=", manifest.GetProperty("kernel").GetProperty("cmdline").GetString());
        Assert.Equal(5, manifest.GetProperty("bootLoader").GetArrayLength());
        Assert.All(manifest.GetProperty("bootLoader").EnumerateArray().Concat(manifest.GetProperty("packages").EnumerateArray()),
            package => Assert.Matches("^[0-9a-f]{64}$", package.GetProperty("sha256").GetString()));
    }

    private static void CheckSpdx(string path, string[] installed)
    {
        if (File.Exists(SbomTool) || Tool.InCi)
            Assert.Contains("SBOM format validation passed", Tool.Run("env", "DOTNET_ROLL_FORWARD=Major", SbomTool, "validate-format", "-sp", path));
        var document = JsonDocument.Parse(File.ReadAllText(path)).RootElement;
        Assert.Empty(document.EnumerateObject().Select(member => member.Name).Except(Members["document"]));
        foreach (var list in (string[])["packages", "relationships"])
            Assert.Empty(document.GetProperty(list).EnumerateArray().SelectMany(element => element.EnumerateObject()).Select(member => member.Name).Distinct().Except(Members[list]));

        var packages = document.GetProperty("packages").EnumerateArray().ToArray();
        Assert.Empty(installed.Except(packages.Select(package => $"{package.GetProperty("name")} {package.GetProperty("versionInfo")}")));
        var ids = packages.Select(package => package.GetProperty("SPDXID").GetString()!).Append("SPDXRef-DOCUMENT").ToArray();
        Assert.All(ids, id => Assert.Matches(@"^SPDXRef-[A-Za-z0-9.\-]+$", id));
        Assert.Equal(ids.Length, ids.Distinct().Count());
        var known = ids.ToHashSet();
        Assert.All(document.GetProperty("relationships").EnumerateArray(), relationship =>
        {
            Assert.Contains(relationship.GetProperty("spdxElementId").GetString()!, known);
            Assert.Contains(relationship.GetProperty("relatedSpdxElement").GetString()!, known);
            Assert.Contains(relationship.GetProperty("relationshipType").GetString(), (string[])["DESCRIBES", "CONTAINS", "DEPENDS_ON", "VARIANT_OF"]);
        });
        var licenses = packages.Select(package => package.GetProperty("licenseDeclared").GetString()!).Where(license => license != "NOASSERTION").Distinct().ToArray();
        Assert.NotEmpty(licenses);
        Tool.Run("/usr/bin/python3", ["-c", "import sys; from license_expression import get_spdx_licensing as l; [l().parse(e, validate=True, strict=True) for e in sys.argv[1:]]", .. licenses]);
    }

    /// <summary>Name and version of every installed package, as dpkg-query reads the image's own database.</summary>
    private static string[] Installed(string layer)
    {
        using var folder = new TempFolder();
        Tool.Run("unsquashfs", "-d", folder["root"], layer, "var/lib/dpkg");
        return [.. Tool.Run("dpkg-query", $"--admindir={folder["root/var/lib/dpkg"]}", "-W", "-f", "${Package} ${Version}\\n").Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }

    private static string Name(JsonElement package) => $"{package.GetProperty("name")} {package.GetProperty("version")}";
}
