using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Evidence;

/// <summary>`.manifest.json`: what an image is made of, for people and programs.</summary>
internal static class Manifest
{
    private const int Format = 1;

    /// <summary>The version of this program.</summary>
    public static string ToolVersion { get; } = typeof(Manifest).Assembly.GetName().Version!.ToString(3);

    /// <summary>The manifest as JSON.</summary>
    public static byte[] Write(ImageFacts facts) => EvidenceJson.Write(json =>
    {
        json.WriteNumber("manifest", Format);
        json.WriteString("name", facts.Plan.Name);
        json.WriteString("version", facts.Plan.Version);
        json.WriteString("architecture", facts.Plan.Architecture);
        json.WriteString("tool", "imagebuilder " + ToolVersion);
        json.WriteString("plan", PlanHash.Of(facts.Plan));
        json.WriteNumber("epoch", facts.Epoch.ToUnixTimeSeconds());
        File("image", facts.Images[0]);
        if (facts.Images.Count > 1)
        {
            json.WriteStartArray("otherImages");
            foreach (var image in facts.Images.Skip(1))
                File(null, image);
            json.WriteEndArray();
        }
        json.WriteStartArray("layers");
        foreach (var layer in facts.Layers)
            File(null, layer, () => json.WriteString("compression", facts.Plan.Compression.Compressor));
        json.WriteEndArray();
        File("kernel", facts.Kernel, () =>
        {
            json.WriteString("release", facts.KernelVersion);
            json.WriteString("package", facts.KernelPackage?.Name);
            json.WriteString("packageVersion", facts.KernelPackage?.Version);
            json.WriteString("cmdline", facts.CommandLine);
        });
        File("initramfs", facts.Initramfs);
        Packages("bootLoader", facts.BootLoader);
        Packages("packages", facts.Packages);

        void File(string? key, FileFact file, Action? more = null)
        {
            if (key is null)
                json.WriteStartObject();
            else
                json.WriteStartObject(key);
            json.WriteString("path", file.Path);
            json.WriteNumber("size", file.Length);
            json.WriteString("sha256", file.Sha256);
            more?.Invoke();
            json.WriteEndObject();
        }

        void Packages(string key, IReadOnlyList<PackageFact> packages)
        {
            json.WriteStartArray(key);
            foreach (var (package, sha256, _) in packages)
                Package(package, sha256);
            json.WriteEndArray();
        }

        void Package(DpkgPackage package, string? sha256)
        {
            json.WriteStartObject();
            json.WriteString("name", package.Name);
            json.WriteString("version", package.Version);
            json.WriteString("architecture", package.Architecture);
            json.WriteString("source", package.Source);
            json.WriteString("sourceVersion", package.SourceVersion);
            if (sha256 is not null)
                json.WriteString("sha256", sha256);
            json.WriteEndObject();
        }
    });
}
