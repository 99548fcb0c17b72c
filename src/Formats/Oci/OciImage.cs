using System.Security.Cryptography;
using System.Text.Json;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Oci;

/// <summary>
/// One container image out of an OCI image layout (OCI image specification 1.1: image-layout.md, image-index.md, manifest.md, config.md)
/// or out of an archive that `docker save` wrote (Docker image specification 1.2: manifest.json). Either is given as a tree: a folder
/// and a tar are the same here.
/// </summary>
public sealed class OciImage
{
    private const int LargestDocument = 4 << 20; // bytes, as manifest.md asks registries to allow
    private const int MostLayers = 1000; // Docker makes at most 127
    private const int DeepestIndex = 4;
    private readonly Tree layout;
    private readonly string architecture;
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);

    private OciImage(Tree layout, string architecture) => (this.layout, this.architecture) = (layout, architecture);

    /// <summary>What identifies the image: the manifest's digest, or of `docker save` the configuration's.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>The layers, lowest first.</summary>
    public IReadOnlyList<OciBlob> Layers { get; private set; } = [];

    /// <summary>Finds the image for an architecture.</summary>
    /// <param name="layout">The layout's or the archive's files.</param>
    /// <param name="architecture">GOARCH name, such as "amd64".</param>
    /// <exception cref="ImageException">IB3050 unsupported, IB3051 a digest differs, IB3052 a document or blob is missing or damaged, IB3053 no image for the architecture, IB3054 several images.</exception>
    public static OciImage Open(Tree layout, string architecture)
    {
        var image = new OciImage(layout, architecture);
        // Docker 25 and later writes both; the layout has digests for everything.
        if (layout.Resolve("/index.json") is not null)
            image.ReadLayout();
        else if (layout.Resolve("/manifest.json") is not null)
            image.ReadDockerArchive();
        else
            throw Damaged("neither index.json (an OCI image layout) nor manifest.json (an archive of `docker save`) is there");
        return image;
    }

    private void ReadLayout()
    {
        var found = new Dictionary<string, (string Reference, OciBlob Blob)>(StringComparer.Ordinal);
        var others = new SortedSet<string>(StringComparer.Ordinal);
        Collect(File("/index.json"), 0, found, others);
        if (found.Count == 0)
            throw WrongArchitecture(others);
        if (found.Count > 1)
            throw Several(found.Values.Select(image => image.Reference), "copy the one into a layout of its own: skopeo copy oci:LAYOUT:NAME oci:NEW");
        var manifest = found.Values.Single().Blob;
        Digest = manifest.Digest!;
        using var document = Parse(manifest);
        var config = ReadConfig(Descriptor(Member(document.RootElement, "config", JsonValueKind.Object), "the image's configuration"));
        Layers = Stack([.. Items(document.RootElement, "layers").Select((layer, index) => Descriptor(layer, $"layer {index + 1} of the image"))], config.DiffIds);
    }

    /// <summary>Every manifest that fits the architecture, indexes in the index too.</summary>
    private void Collect(OciBlob index, int depth, Dictionary<string, (string, OciBlob)> found, SortedSet<string> others)
    {
        if (depth == DeepestIndex)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB3050", $"the image's indexes are nested more than {DeepestIndex} deep");
        using var document = Parse(index);
        foreach (var entry in Items(document.RootElement, "manifests"))
        {
            var blob = Descriptor(entry, "the image's manifest");
            if (!seen.Add(blob.Digest!))
                continue;
            var platform = Find(entry, "platform") is { } given ? Platform(given) : null;
            if (platform is not null && platform != architecture)
            {
                others.Add(platform);
                continue;
            }
            if (IsIndex(Text(entry, "mediaType"), blob))
            {
                Collect(blob, depth + 1, found, others);
                continue;
            }
            platform ??= PlatformOf(blob);
            if (platform == architecture)
                found.TryAdd(blob.Digest!, (Reference(entry) ?? blob.Digest!, blob));
            else
                others.Add(platform);
        }
    }

    private static string? Reference(JsonElement entry) => Find(entry, "annotations") is { } annotations ? Text(annotations, "org.opencontainers.image.ref.name") : null;

    private static bool IsIndex(string? mediaType, OciBlob blob)
    {
        if (mediaType is not null)
            return mediaType is "application/vnd.oci.image.index.v1+json" or "application/vnd.docker.distribution.manifest.list.v2+json";
        using var document = Parse(blob);
        return Find(document.RootElement, "manifests") is not null;
    }

    /// <summary>The architecture in the configuration, for a manifest whose descriptor does not tell it.</summary>
    private string PlatformOf(OciBlob manifest)
    {
        using var document = Parse(manifest);
        // An artifact (a signature, a chart) has a configuration of another kind, and no architecture.
        return Find(document.RootElement, "config") is { } config ? ReadConfig(Descriptor(config, "the image's configuration")).Platform : "no image";
    }

    private void ReadDockerArchive()
    {
        using var document = Parse(File("/manifest.json"));
        if (document.RootElement.ValueKind != JsonValueKind.Array)
            throw Damaged("manifest.json is not a list");
        var images = document.RootElement.EnumerateArray().ToList();
        if (images.Count == 0)
            throw Damaged("manifest.json names no image");
        if (images.Count > 1)
            throw Several(images.Select(image => Find(image, "RepoTags") is { ValueKind: JsonValueKind.Array } tags && tags.GetArrayLength() > 0 ? String(tags[0]) : "<untagged>"),
                "save one by itself: docker save NAME -o FILE.tar");
        var config = File("/" + String(Member(images[0], "Config", JsonValueKind.String))) with { Name = "the image's configuration" };
        var about = ReadConfig(config);
        if (about.Platform != architecture)
            throw WrongArchitecture([about.Platform]);
        Digest = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(config.Read(LargestDocument)))}";
        Layers = Stack([.. Items(images[0], "Layers").Select((layer, index) => File("/" + String(layer)) with { Name = $"layer {index + 1} of the image" })], about.DiffIds);
    }

    private static (string Platform, List<string> DiffIds) ReadConfig(OciBlob config)
    {
        using var document = Parse(config);
        var identities = Find(document.RootElement, "rootfs") is { } rootfs ? Items(rootfs, "diff_ids").Select(String).ToList() : [];
        return (Platform(document.RootElement), identities);
    }

    private static List<OciBlob> Stack(List<OciBlob> layers, List<string> identities)
    {
        if (layers.Count is 0 or > MostLayers)
            throw Damaged($"the image has {layers.Count} layers; expected 1 to {MostLayers}");
        if (layers.Count != identities.Count)
            throw Damaged($"the image has {layers.Count} layers, but its configuration describes {identities.Count}");
        return [.. layers.Zip(identities).Select(pair => pair.First with { DiffId = pair.Second })];
    }

    private static string Platform(JsonElement platform)
    {
        var system = Text(platform, "os") ?? "linux";
        var name = Text(platform, "architecture") ?? "unknown";
        return system == "linux" ? name : $"{system}/{name}";
    }

    /// <summary>The blob of a descriptor; its length is checked, its digest when it is read.</summary>
    private OciBlob Descriptor(JsonElement descriptor, string what)
    {
        var digest = String(Member(descriptor, "digest", JsonValueKind.String));
        var size = Member(descriptor, "size", JsonValueKind.Number).TryGetInt64(out var length) ? length : -1;
        var parts = digest.Split(':');
        if (parts.Length != 2 || parts[1].Length is not (64 or 128) || !parts[1].All(char.IsAsciiHexDigitLower))
            throw Damaged($"'{digest}' is no digest");
        var blob = File($"/blobs/{parts[0]}/{parts[1]}") with { Name = $"{what} ({digest})", Digest = digest };
        return blob.Content.Length == size ? blob : throw Damaged($"{blob.Name} has {blob.Content.Length} bytes; expected {size}");
    }

    private OciBlob File(string path) => layout.Resolve(path) is { Kind: NodeKind.File } file
        ? new OciBlob(path[1..], file.Content, null, null)
        : throw Damaged($"{path[1..]} is missing");

    private static JsonDocument Parse(OciBlob blob)
    {
        try
        {
            var document = JsonDocument.Parse(blob.Read(LargestDocument));
            return document.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? document : throw Damaged($"{blob.Name} is not a JSON object");
        }
        catch (JsonException error)
        {
            throw Damaged($"{blob.Name} is not JSON: {error.Message}");
        }
    }

    private static JsonElement? Find(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static JsonElement Member(JsonElement element, string name, JsonValueKind kind) => Find(element, name) is { } value && value.ValueKind == kind ? value
        : throw Damaged($"'{name}' is missing or not of the kind it must be");

    private static List<JsonElement> Items(JsonElement element, string name) => [.. Member(element, name, JsonValueKind.Array).EnumerateArray()];

    private static string? Text(JsonElement element, string name) =>
        Find(element, name) is { ValueKind: JsonValueKind.String } value ? String(value) : null;

    private static string String(JsonElement element)
    {
        try
        {
            return (element.ValueKind == JsonValueKind.String ? element.GetString() : null) ?? throw Damaged("a name is not text");
        }
        catch (InvalidOperationException error)
        {
            throw Damaged($"a name is not text: {error.Message}"); // half a surrogate pair
        }
    }

    private ImageException WrongArchitecture(IEnumerable<string> others) => new(ImageErrorKind.Unsupported, "IB3053",
        $"the image is not there for {architecture}; it has {(others.Any() ? EntryName.Printable(string.Join(", ", others)) : "nothing")}");

    private static ImageException Several(IEnumerable<string> names, string wayOut) => new(ImageErrorKind.Unsupported, "IB3054",
        $"there are several images ({EntryName.Printable(string.Join(", ", names.Order(StringComparer.Ordinal)))}), and one is expected; {wayOut}");

    private static ImageException Damaged(string what) => new(ImageErrorKind.Corrupt, "IB3052", $"the image cannot be read: {EntryName.Printable(what)}");
}
