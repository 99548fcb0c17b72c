using System.Text.Json;
using ImageBuilder.Formats;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Repositories;

/// <summary>
/// One channel of a repository: an OCI image manifest (OCI image specification 1.1, manifest.md) that names every blob of it, so that whatever copies
/// the manifest copies all.
/// </summary>
public sealed record RepositoryManifest(IReadOnlyList<RepositoryBlob> Blobs)
{
    /// <summary>Bytes that are read at most.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>artifactType.</summary>
    public const string ArtifactType = "application/vnd.imagebuilder.channel.v1";

    /// <summary>The annotation with a blob's role.</summary>
    public const string RoleAnnotation = "org.imagebuilder.role";

    /// <summary>The annotation of a signature: the digest of what it signs.</summary>
    public const string SignsAnnotation = "org.imagebuilder.signs";

    /// <summary>The manifest's media type.</summary>
    public const string MediaType = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>In index.json: the annotation with the channel's name.</summary>
    public const string NameAnnotation = "org.opencontainers.image.ref.name";

    /// <summary>The configuration of a manifest that is no image's: the two bytes "{}" (manifest.md, "Guidance for an Empty Descriptor").</summary>
    public static StackBlob Empty { get; } = new("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", 2);

    private const string EmptyMediaType = "application/vnd.oci.empty.v1+json";
    private const string DigestPrefix = "sha256:";

    /// <summary>The blobs with a role.</summary>
    public IEnumerable<RepositoryBlob> Of(BlobRole role)
    {
        foreach (var blob in Blobs)
            if (blob.Role == role)
                yield return blob;
    }

    /// <summary>The manifest's bytes.</summary>
    public byte[] ToBytes() => CanonicalJson.Write(json =>
    {
        json.WriteString("artifactType", ArtifactType);
        json.WriteStartObject("config");
        WriteDescriptor(json, EmptyMediaType, Empty);
        json.WriteEndObject();
        json.WriteStartArray("layers");
        foreach (var blob in Blobs)
            Write(json, blob);
        json.WriteEndArray();
        json.WriteString("mediaType", MediaType);
        json.WriteNumber("schemaVersion", 2);
    });

    /// <summary>Reads a manifest. Blobs with a role that this version does not know are left out: a device does not need them.</summary>
    /// <exception cref="ImageException">IB6045: not such a manifest.</exception>
    public static RepositoryManifest Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxLength)
            throw Corrupt($"it has {bytes.Length} bytes; at most {MaxLength} are read");
        try
        {
            using var document = JsonDocument.Parse(bytes.ToArray());
            return Read(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Corrupt(error.Message);
        }
    }

    /// <summary>The digest of the manifest of a channel in the index (index.json) of a layout; null when it has none.</summary>
    /// <exception cref="ImageException">IB6046: not an index, or one that names the channel twice.</exception>
    public static StackBlob? FindInIndex(ReadOnlySpan<byte> index, string channel)
    {
        if (index.Length > MaxLength)
            throw NoIndex($"it has {index.Length} bytes; at most {MaxLength} are read");
        try
        {
            using var document = JsonDocument.Parse(index.ToArray());
            StackBlob? found = null;
            foreach (var manifest in document.RootElement.GetProperty("manifests").EnumerateArray())
                if (Annotation(manifest, NameAnnotation) == channel)
                    found = found is null ? ReadBlob(manifest) : throw new FormatException($"it names '{channel}' twice");
            return found;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw NoIndex(error.Message);
        }
    }

    /// <summary>The signatures of a blob.</summary>
    public IEnumerable<RepositoryBlob> SignaturesOf(StackBlob blob)
    {
        foreach (var other in Blobs)
            if (other.Role == BlobRole.Signature && other.Signs == blob.Sha256)
                yield return other;
    }

    private static RepositoryManifest Read(JsonElement root)
    {
        if (root.GetProperty("schemaVersion").GetInt32() != 2 || root.GetProperty("mediaType").GetString() != MediaType)
            throw new FormatException($"it is no OCI image manifest: expected schemaVersion 2 and {MediaType}");
        if (root.GetProperty("artifactType").GetString() is var type && type != ArtifactType)
            throw new FormatException($"it is of the type '{type}'; expected {ArtifactType}");
        var blobs = new List<RepositoryBlob>();
        var seen = new HashSet<string>();
        var channels = 0;
        foreach (var element in root.GetProperty("layers").EnumerateArray())
        {
            if (RoleOf(Annotation(element, RoleAnnotation)) is not { } role)
                continue;
            var blob = ReadBlob(element);
            if (!seen.Add(blob.Sha256))
                throw new FormatException($"it names the blob {blob.Sha256} twice");
            var mediaType = element.GetProperty("mediaType").GetString();
            if (mediaType != TypeOf(role))
                throw new FormatException($"a blob with the role {NameOf(role)} is '{mediaType}'; expected {TypeOf(role)}");
            var signs = role == BlobRole.Signature ? Hex(Annotation(element, SignsAnnotation) ?? throw new FormatException($"a signature without {SignsAnnotation}")) : null;
            channels += role == BlobRole.Channel ? 1 : 0;
            blobs.Add(new RepositoryBlob(role, blob, signs));
        }
        return channels == 1 ? new RepositoryManifest(blobs) : throw new FormatException($"it names {channels} channel documents; expected one");
    }

    private static void Write(Utf8JsonWriter json, RepositoryBlob blob)
    {
        json.WriteStartObject();
        json.WriteStartObject("annotations");
        json.WriteString(RoleAnnotation, NameOf(blob.Role));
        if (blob.Signs is { } signs)
            json.WriteString(SignsAnnotation, DigestPrefix + signs);
        json.WriteEndObject();
        WriteDescriptor(json, TypeOf(blob.Role), blob.Blob);
        json.WriteEndObject();
    }

    private static void WriteDescriptor(Utf8JsonWriter json, string type, StackBlob blob)
    {
        json.WriteString("digest", DigestPrefix + blob.Sha256);
        json.WriteString("mediaType", type);
        json.WriteNumber("size", blob.Size);
    }

    private static StackBlob ReadBlob(JsonElement descriptor)
    {
        var size = descriptor.GetProperty("size").GetInt64();
        return size > 0 ? new StackBlob(Hex(descriptor.GetProperty("digest").GetString() ?? ""), size) : throw new FormatException($"a size of {size} bytes");
    }

    private static string Hex(string digest) =>
        digest.StartsWith(DigestPrefix, StringComparison.Ordinal) && StackId.IsHex(digest[DigestPrefix.Length..]) ? digest[DigestPrefix.Length..]
            : throw new FormatException($"'{digest}' is no digest; expected {DigestPrefix} and 64 lower-case hexadecimal digits");

    private static string? Annotation(JsonElement element, string name) =>
        element.TryGetProperty("annotations", out var annotations) && annotations.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string NameOf(BlobRole role) => role switch
    {
        BlobRole.Channel => "channel",
        BlobRole.Keys => "keys",
        BlobRole.Stack => "stack",
        BlobRole.Layer => "layer",
        BlobRole.Boot => "boot",
        BlobRole.Changes => "changes",
        _ => "signature",
    };

    private static BlobRole? RoleOf(string? name) => name switch
    {
        "channel" => BlobRole.Channel,
        "keys" => BlobRole.Keys,
        "stack" => BlobRole.Stack,
        "layer" => BlobRole.Layer,
        "boot" => BlobRole.Boot,
        "signature" => BlobRole.Signature,
        "changes" => BlobRole.Changes,
        _ => null,
    };

    private static string TypeOf(BlobRole role) => role switch
    {
        BlobRole.Channel or BlobRole.Keys => "application/vnd.imagebuilder.channel.v1+json",
        BlobRole.Stack => "application/vnd.imagebuilder.stack.v1+json",
        BlobRole.Layer => "application/vnd.imagebuilder.layer.v1.squashfs",
        BlobRole.Boot => "application/vnd.imagebuilder.boot.v1.fat",
        BlobRole.Changes => "application/vnd.imagebuilder.changes.v1+json",
        _ => "application/vnd.imagebuilder.signature.v1",
    };

    private static ImageException Corrupt(string what) => new(ImageErrorKind.Corrupt, "IB6045", $"the channel's manifest: {what}");

    private static ImageException NoIndex(string what) => new(ImageErrorKind.Corrupt, "IB6046", $"index.json: {what}");
}
