using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using ImageBuilder.Pipeline.Images;
using ImageBuilder.Pipeline.Inspection;

namespace ImageBuilder.Pipeline.Evidence;

/// <summary>
/// `.spdx.json`: the bill of materials in SPDX 2.3, JSON form. It describes one package, the image, which contains
/// every Debian package; the same image in other forms is a variant of it; nothing in it is random or from a clock.
/// </summary>
internal static partial class SpdxDocument
{
    private const string DocumentId = "SPDXRef-DOCUMENT";
    private const string ImageId = "SPDXRef-Image";
    private const string None = "NOASSERTION";

    /// <summary>The document as JSON.</summary>
    public static byte[] Write(ImageFacts facts)
    {
        // The namespace names this content and no other (SPDX 2.3, 6.5): it is made from the document with an empty one.
        var id = MediumIdentity.GuidOf(SHA256.HashData(Write(facts, "")));
        return Write(facts, $"https://spdx.org/spdxdocs/{facts.Plan.ArtefactName}-{id}");
    }

    private static byte[] Write(ImageFacts facts, string documentNamespace) => EvidenceJson.Write(json =>
    {
        json.WriteString("spdxVersion", "SPDX-2.3");
        json.WriteString("dataLicense", "CC0-1.0");
        json.WriteString("SPDXID", DocumentId);
        json.WriteString("name", facts.Plan.ArtefactName);
        json.WriteString("documentNamespace", documentNamespace);
        json.WriteStartObject("creationInfo");
        json.WriteString("created", facts.Epoch.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        json.WriteStartArray("creators");
        json.WriteStringValue("Tool: imagebuilder-" + Manifest.ToolVersion);
        json.WriteEndArray();
        json.WriteEndObject();

        // A boot loader's package may be installed too: the same version is one package.
        var packages = facts.Packages.Concat(facts.BootLoader).DistinctBy(fact => Id(fact.Package), StringComparer.Ordinal).ToArray();
        json.WriteStartArray("packages");
        foreach (var image in facts.Images)
            Image(json, facts, image);
        foreach (var fact in packages)
            Package(json, facts, fact);
        json.WriteEndArray();

        json.WriteStartArray("relationships");
        Relationship(json, DocumentId, "DESCRIBES", ImageId);
        foreach (var other in facts.Images.Skip(1))
            Relationship(json, IdOf(facts, other), "VARIANT_OF", ImageId);
        foreach (var fact in packages)
            Relationship(json, ImageId, "CONTAINS", Id(fact.Package));
        foreach (var (from, to) in Dependencies(facts.Packages))
            Relationship(json, Id(from), "DEPENDS_ON", Id(to));
        json.WriteEndArray();
    });

    /// <summary>The first image contains the packages; those of other forms are variants of it.</summary>
    private static string IdOf(ImageFacts facts, FileFact image) => image == facts.Images[0] ? ImageId : ImageId + OtherCharacter().Replace(Path.GetExtension(image.Path), "-");

    private static void Image(Utf8JsonWriter json, ImageFacts facts, FileFact image)
    {
        json.WriteStartObject();
        json.WriteString("SPDXID", IdOf(facts, image));
        json.WriteString("name", facts.Plan.Name);
        json.WriteString("versionInfo", facts.Plan.Version);
        json.WriteString("packageFileName", image.Path);
        json.WriteString("primaryPackagePurpose", "OPERATING_SYSTEM");
        Common(json, None, null, image.Sha256);
        json.WriteEndObject();
    }

    private static void Package(Utf8JsonWriter json, ImageFacts facts, PackageFact fact)
    {
        var package = fact.Package;
        json.WriteStartObject();
        json.WriteString("SPDXID", Id(package));
        json.WriteString("name", package.Name);
        json.WriteString("versionInfo", package.Version);
        if (Uri.TryCreate(package.Homepage, UriKind.Absolute, out var homepage) && homepage.Scheme is "http" or "https")
            json.WriteString("homepage", package.Homepage);
        json.WriteString("sourceInfo", $"built from source package {package.Source} {package.SourceVersion}");
        Common(json, Supplier(package.Maintainer), fact.License, fact.Sha256);
        json.WriteStartArray("externalRefs");
        json.WriteStartObject();
        json.WriteString("referenceCategory", "PACKAGE-MANAGER");
        json.WriteString("referenceType", "purl");
        json.WriteString("referenceLocator", PackageUrl.Of(package, facts.Distribution, facts.Codename));
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Common(Utf8JsonWriter json, string supplier, string? license, string? sha256)
    {
        json.WriteString("supplier", supplier);
        json.WriteString("downloadLocation", None);
        json.WriteBoolean("filesAnalyzed", false);
        json.WriteString("licenseConcluded", None);
        json.WriteString("licenseDeclared", license ?? None);
        json.WriteString("copyrightText", None);
        if (sha256 is null)
            return;
        json.WriteStartArray("checksums");
        json.WriteStartObject();
        json.WriteString("algorithm", "SHA256");
        json.WriteString("checksumValue", sha256);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void Relationship(Utf8JsonWriter json, string from, string type, string to)
    {
        json.WriteStartObject();
        json.WriteString("spdxElementId", from);
        json.WriteString("relationshipType", type);
        json.WriteString("relatedSpdxElement", to);
        json.WriteEndObject();
    }

    /// <summary>Which package needs which, as far as it is named (what is only provided is left out).</summary>
    private static IEnumerable<(DpkgPackage From, DpkgPackage To)> Dependencies(IReadOnlyList<PackageFact> packages)
    {
        var byName = packages.GroupBy(fact => fact.Package.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First().Package, StringComparer.Ordinal);
        return from fact in packages
               let needs = from dependency in fact.Package.Depends
                           from alternative in dependency.Split('|')
                           let name = alternative.Trim().Split(' ', ':', '(')[0]
                           where name != fact.Package.Name && byName.ContainsKey(name)
                           select byName[name]
               from need in needs.Distinct()
               select (fact.Package, need);
    }

    /// <summary>An identifier of letters, digits, '.' and '-' (SPDX 2.3, 7.2); any other character becomes '-' and its code.</summary>
    private static string Id(DpkgPackage package) => "SPDXRef-Package-" + OtherCharacter().Replace($"{package.Name}-{package.Architecture}-{package.Version}", match => $"-{(int)match.Value[0]:X2}");

    /// <summary>"Name &lt;address&gt;" as SPDX writes people and groups (7.5). Debian does not say which it is: mailing lists and teams give themselves away.</summary>
    private static string Supplier(string maintainer)
    {
        if (MailAddress().Match(maintainer) is not { Success: true } match)
            return None;
        var (name, address) = (match.Groups["name"].Value.Trim(), match.Groups["address"].Value);
        return $"{(GroupName().IsMatch(maintainer) ? "Organization" : "Person")}: {name} ({address})";
    }

    [GeneratedRegex(@"[^A-Za-z0-9.\-]")]
    private static partial Regex OtherCharacter();

    [GeneratedRegex(@"^(?<name>[^<>]+)<(?<address>[^<>\s]+)>$", RegexOptions.ExplicitCapture)]
    private static partial Regex MailAddress();

    [GeneratedRegex(@"\b(team|maintainers?|developers|group|project|packagers|committers|task force)\b|@(lists|tracker|packages)\.|-(devel|list)@", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex GroupName();
}
