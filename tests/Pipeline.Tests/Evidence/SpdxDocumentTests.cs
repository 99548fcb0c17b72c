using System.Text.Json;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Evidence;
using ImageBuilder.Pipeline.Inspection;

namespace ImageBuilder.Pipeline.Tests.Evidence;

public class SpdxDocumentTests
{
    [Fact]
    public void Every_package_has_version_supplier_digest_licence_and_purl()
    {
        var library = Packages(Document(Facts()))["libstdc++6"];
        Assert.Equal("SPDXRef-Package-libstdc-2B-2B6-amd64-1-3A14.2.0-19", library.GetProperty("SPDXID").GetString());
        Assert.Equal("1:14.2.0-19", library.GetProperty("versionInfo").GetString());
        Assert.Equal("Organization: Debian GCC Maintainers (debian-gcc@lists.debian.org)", library.GetProperty("supplier").GetString());
        Assert.Equal("MIT", library.GetProperty("licenseDeclared").GetString());
        Assert.Equal("NOASSERTION", library.GetProperty("licenseConcluded").GetString());
        Assert.Equal(new string('a', 64), library.GetProperty("checksums")[0].GetProperty("checksumValue").GetString());
        Assert.Equal("pkg:deb/debian/libstdc%2B%2B6@1:14.2.0-19?arch=amd64&distro=trixie&upstream=gcc-14%4014.2.0-19",
            library.GetProperty("externalRefs")[0].GetProperty("referenceLocator").GetString());
        Assert.Equal("Person: Jane Doe (jane@example.org)", Packages(Document(Facts()))["local"].GetProperty("supplier").GetString());
        Assert.False(Packages(Document(Facts()))["local"].TryGetProperty("checksums", out _));
    }

    [Fact]
    public void The_image_contains_the_packages_and_they_depend_on_each_other()
    {
        var relationships = Document(Facts()).GetProperty("relationships").EnumerateArray()
            .Select(entry => $"{entry.GetProperty("spdxElementId")} {entry.GetProperty("relationshipType")} {entry.GetProperty("relatedSpdxElement")}").ToArray();
        Assert.Equal("SPDXRef-DOCUMENT DESCRIBES SPDXRef-Image", relationships[0]);
        Assert.Contains("SPDXRef-Image CONTAINS SPDXRef-Package-grub-amd64-2", relationships);
        Assert.Contains("SPDXRef-Package-local-all-1 DEPENDS_ON SPDXRef-Package-libstdc-2B-2B6-amd64-1-3A14.2.0-19", relationships);
    }

    [Fact]
    public void The_same_facts_give_the_same_bytes_and_other_facts_another_namespace()
    {
        Assert.Equal(SpdxDocument.Write(Facts()), SpdxDocument.Write(Facts()));
        var other = Facts() with { Images = [new FileFact("sample.iso", 5, new string('f', 64))] };
        Assert.NotEqual(Namespace(Facts()), Namespace(other));
        Assert.Matches("^https://spdx.org/spdxdocs/sample-1.0.0-amd64-[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-", Namespace(Facts()));
    }

    [Fact]
    public void The_document_is_as_old_as_the_image() =>
        Assert.Equal("2023-11-14T22:13:20Z", Document(Facts()).GetProperty("creationInfo").GetProperty("created").GetString());

    [Fact]
    public void The_manifest_names_what_the_image_is_made_of()
    {
        var manifest = JsonDocument.Parse(Manifest.Write(Facts())).RootElement;
        Assert.Equal(("linux-image-6.12", "console=tty0 ib.media=LABEL=X", "6.12"), (manifest.GetProperty("kernel").GetProperty("package").GetString(),
            manifest.GetProperty("kernel").GetProperty("cmdline").GetString(), manifest.GetProperty("kernel").GetProperty("release").GetString()));
        Assert.Equal((Samples.Time, 3, 1), (manifest.GetProperty("epoch").GetInt64(), manifest.GetProperty("packages").GetArrayLength(), manifest.GetProperty("bootLoader").GetArrayLength()));
        Assert.Equal(("/live/root.squashfs", 4), (manifest.GetProperty("layers")[0].GetProperty("path").GetString(), manifest.GetProperty("layers")[0].GetProperty("size").GetInt32()));
        Assert.Matches("^imagebuilder [0-9]+[.][0-9]+[.][0-9]+$", manifest.GetProperty("tool").GetString());
    }

    private static JsonElement Document(ImageFacts facts) => JsonDocument.Parse(SpdxDocument.Write(facts)).RootElement;

    private static Dictionary<string, JsonElement> Packages(JsonElement document) =>
        document.GetProperty("packages").EnumerateArray().ToDictionary(package => package.GetProperty("name").GetString()!);

    private static string Namespace(ImageFacts facts) => Document(facts).GetProperty("documentNamespace").GetString()!;

    private static ImageFacts Facts()
    {
        var tree = new Tree();
        tree.Put("/var/lib/dpkg/status", Node.File("""
            Package: libstdc++6
            Status: install ok installed
            Version: 1:14.2.0-19
            Source: gcc-14 (14.2.0-19)
            Architecture: amd64
            Maintainer: Debian GCC Maintainers <debian-gcc@lists.debian.org>
            Homepage: http://gcc.gnu.org/

            Package: linux-image-6.12
            Status: install ok installed
            Version: 6.12.1-1
            Architecture: amd64

            Package: local
            Status: install ok installed
            Version: 1
            Architecture: all
            Maintainer: Jane Doe <jane@example.org>
            Depends: libstdc++6 (>= 13), virtual | nothing

            """));
        tree.Put("/usr/share/doc/libstdc++6/copyright", Node.File("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: Expat\n"));
        var notes = new Tree();
        notes.Put("/packages", Node.File($"Package: libstdc++6\nVersion: 1:14.2.0-19\nArchitecture: amd64\nSHA256: {new string('a', 64)}\n"));
        notes.Put("/boot-packages", Node.File($"Package: grub\nVersion: 2\nArchitecture: amd64\nSHA256: {new string('b', 64)}\n"));
        return new ImageFacts
        {
            Plan = Samples.Plan(),
            Epoch = DateTimeOffset.FromUnixTimeSeconds(Samples.Time),
            Images = [new FileFact("sample.iso", 5, new string('c', 64))],
            Layers = [new FileFact("/live/root.squashfs", 4, new string('d', 64))],
            Kernel = new FileFact("/live/vmlinuz", 3, new string('e', 64)),
            KernelVersion = "6.12",
            KernelPackage = DpkgStatus.Read(tree)!.Packages[1],
            Initramfs = new FileFact("/live/initramfs.img", 2, new string('f', 64)),
            CommandLine = "console=tty0 ib.media=LABEL=X",
            Packages = ImageFacts.PackagesOf(tree, notes),
            BootLoader = OriginNotes.BootLoader(notes),
            Distribution = "debian",
            Codename = "trixie",
        };
    }
}
