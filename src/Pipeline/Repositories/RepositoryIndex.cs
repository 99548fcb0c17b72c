using System.Text.Json;
using ImageBuilder.Formats;
using ImageBuilder.Update.Repositories;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Pipeline.Repositories;

/// <summary>index.json of a repository (OCI image specification 1.1, image-index.md): the manifest of each channel.</summary>
internal static class RepositoryIndex
{
    public const string FileName = "index.json";

    private const string MediaType = "application/vnd.oci.image.index.v1+json";

    /// <summary>The manifests by channel.</summary>
    /// <exception cref="ImageException">IB7211: not an index, or one with manifests of somebody else's, which publishing would lose. IB6046: see <see cref="RepositoryManifest.FindInIndex"/>.</exception>
    public static SortedDictionary<string, StackBlob> Read(byte[] bytes)
    {
        var channels = new SortedDictionary<string, StackBlob>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(bytes);
            foreach (var manifest in document.RootElement.GetProperty("manifests").EnumerateArray())
            {
                if (!manifest.TryGetProperty("annotations", out var annotations) || !annotations.TryGetProperty(RepositoryManifest.NameAnnotation, out var name) || name.GetString() is not { } channel)
                    throw new FormatException($"it names a manifest without {RepositoryManifest.NameAnnotation}, which is no channel");
                channels[channel] = RepositoryManifest.FindInIndex(bytes, channel)!;
            }
            return channels;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new ImageException(ImageErrorKind.Corrupt, "IB7211", $"{FileName}: {error.Message}");
        }
    }

    /// <summary>The file's bytes.</summary>
    public static byte[] Write(SortedDictionary<string, StackBlob> channels)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("manifests");
            foreach (var (channel, manifest) in channels)
            {
                json.WriteStartObject();
                json.WriteStartObject("annotations");
                json.WriteString(RepositoryManifest.NameAnnotation, channel);
                json.WriteEndObject();
                json.WriteString("artifactType", RepositoryManifest.ArtifactType);
                json.WriteString("digest", "sha256:" + manifest.Sha256);
                json.WriteString("mediaType", RepositoryManifest.MediaType);
                json.WriteNumber("size", manifest.Size);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("mediaType", MediaType);
            json.WriteNumber("schemaVersion", 2);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
