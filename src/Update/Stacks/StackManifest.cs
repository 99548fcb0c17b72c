using System.Text.Json;
using ImageBuilder.Formats;
using ImageBuilder.Linux;

namespace ImageBuilder.Update.Stacks;

/// <summary>
/// What boots together: layers and a boot set, named by digest. Its bytes are canonical JSON (members in alphabetical order, no white space, UTF-8),
/// so that the same stack has the same bytes everywhere; the SHA-256 of the bytes is the stack's id.
/// </summary>
public sealed record StackManifest
{
    /// <summary>The version of the format.</summary>
    public const int Schema = 1;

    /// <summary>Layers of a stack at most.</summary>
    public const int MaxLayers = 64;

    /// <summary>Bytes that are read at most.</summary>
    public const int MaxLength = 64 << 10;

    /// <summary>The image's name.</summary>
    public required string Name { get; init; }

    /// <summary>The image's version, for people: nothing is compared with it.</summary>
    public required string Version { get; init; }

    /// <summary>Security epoch: rises when older stacks must not be installed any more.</summary>
    public uint Epoch { get; init; }

    /// <summary>Boards that can run it; none: any.</summary>
    public IReadOnlyList<string> Compatible { get; init; } = [];

    /// <summary>The top layer first, as in overlayfs' lowerdir.</summary>
    public required IReadOnlyList<StackBlob> Layers { get; init; }

    /// <summary>Kernel, initramfs and command line as one FAT image; null where the medium has its own.</summary>
    public StackBlob? Boot { get; init; }

    /// <summary>The canonical bytes.</summary>
    public byte[] ToBytes() => CanonicalJson.Write(json =>
    {
        if (Boot is { } boot)
            Write(json, "boot", boot);
        json.WriteStartArray("compatible");
        foreach (var board in Compatible)
            json.WriteStringValue(board);
        json.WriteEndArray();
        json.WriteNumber("epoch", Epoch);
        json.WriteStartArray("layers");
        foreach (var layer in Layers)
            Write(json, null, layer);
        json.WriteEndArray();
        json.WriteString("name", Name);
        json.WriteNumber("schema", Schema);
        json.WriteString("version", Version);
    });

    /// <summary>The SHA-256 of the manifest's bytes.</summary>
    public StackId Id => IdOf(ToBytes());

    /// <summary>The id of the manifest with these bytes.</summary>
    public static StackId IdOf(ReadOnlySpan<byte> bytes)
    {
        var hash = new Sha256();
        hash.Append(bytes);
        return StackId.Parse(hash.Finish());
    }

    /// <summary>Reads a manifest, and takes only canonical bytes.</summary>
    /// <exception cref="ImageException">IB6001: not a manifest, or not canonical.</exception>
    public static StackManifest Parse(ReadOnlySpan<byte> bytes) => CanonicalJson.Parse(bytes, MaxLength, Schema, Read, manifest => manifest.ToBytes(), Corrupt);

    private static StackManifest Read(JsonElement root)
    {
        var layers = root.GetProperty("layers").EnumerateArray().Select(StackBlob.Read).ToList();
        if (layers.Count is 0 or > MaxLayers)
            throw new FormatException($"{layers.Count} layers; expected 1 to {MaxLayers}");
        return new StackManifest
        {
            Name = Text(root.GetProperty("name")),
            Version = Text(root.GetProperty("version")),
            Epoch = root.GetProperty("epoch").GetUInt32(),
            Compatible = [.. root.GetProperty("compatible").EnumerateArray().Select(Text)],
            Layers = layers,
            Boot = root.TryGetProperty("boot", out var boot) ? StackBlob.Read(boot) : null,
        };
    }

    private static string Text(JsonElement value) => value.GetString() ?? throw new FormatException("null where a text is expected");

    private static void Write(Utf8JsonWriter json, string? name, StackBlob blob)
    {
        if (name is null)
            json.WriteStartObject();
        else
            json.WriteStartObject(name);
        json.WriteString("sha256", blob.Sha256);
        json.WriteNumber("size", blob.Size);
        json.WriteEndObject();
    }

    private static ImageException Corrupt(string what) => new(ImageErrorKind.Corrupt, "IB6001", $"stack manifest: {what}");
}
