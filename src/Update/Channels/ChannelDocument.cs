using System.Text.Json;
using ImageBuilder.Formats;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Channels;

/// <summary>
/// What a channel offers now: a signed pointer to a stack. Its bytes are canonical JSON, as those of <see cref="StackManifest"/>. Renewing it does not change the stack.
/// </summary>
public sealed record ChannelDocument
{
    /// <summary>The version of the format.</summary>
    public const int Schema = 1;

    /// <summary>Bytes that are read at most.</summary>
    public const int MaxLength = 64 << 10;

    /// <summary>Keys that a document names at most.</summary>
    public const int MaxKeys = 16;

    private const int MaxName = 128;

    /// <summary>The channel's name, such as "stable".</summary>
    public required string Channel { get; init; }

    /// <summary>Rises with every document of a channel; a lower one than was seen is refused.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>What to install.</summary>
    public required StackId Stack { get; init; }

    /// <summary>Stacks with the same content: a device that runs one of them is up to date.</summary>
    public IReadOnlyList<StackId> Same { get; init; } = [];

    /// <summary>The share of devices that install it, 0 to 100.</summary>
    public int Rollout { get; init; } = 100;

    /// <summary>When it was made, seconds since 1970.</summary>
    public required long Created { get; init; }

    /// <summary>After this nothing is installed from it, seconds since 1970.</summary>
    public required long Expires { get; init; }

    /// <summary>The keys that are trusted from now on, all of them; null when they stay as they are.</summary>
    public IReadOnlyList<TrustedKey>? Keys { get; init; }

    /// <summary>With <see cref="Keys"/>: how many of them must sign the next document that names keys.</summary>
    public int Threshold { get; init; } = 1;

    /// <summary>Whether a channel can have this name: it is a tag in a registry (OCI distribution specification 1.1, "tag") and a folder on the device.</summary>
    public static bool IsName(string name)
    {
        if (name.Length is 0 or > MaxName || name[0] is '.' or '-')
            return false;
        foreach (var c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_'))
                return false;
        return true;
    }

    /// <summary>The canonical bytes.</summary>
    public byte[] ToBytes() => CanonicalJson.Write(json =>
    {
        json.WriteString("channel", Channel);
        json.WriteString("created", UtcTime.Format(Created));
        json.WriteString("expires", UtcTime.Format(Expires));
        if (Keys is { } keys)
        {
            json.WriteStartArray("keys");
            foreach (var key in keys)
                Write(json, key);
            json.WriteEndArray();
        }
        json.WriteNumber("rollout", Rollout);
        json.WriteStartArray("same");
        foreach (var stack in Same)
            json.WriteStringValue(stack.ToString());
        json.WriteEndArray();
        json.WriteNumber("schema", Schema);
        json.WriteNumber("sequence", Sequence);
        json.WriteString("stack", Stack.ToString());
        if (Keys is not null)
            json.WriteNumber("threshold", Threshold);
    });

    /// <summary>Reads a document, and takes only canonical bytes.</summary>
    /// <exception cref="ImageException">IB6040: not a channel document, or not canonical.</exception>
    public static ChannelDocument Parse(ReadOnlySpan<byte> bytes) => CanonicalJson.Parse(bytes, MaxLength, Schema, Read, document => document.ToBytes(), Corrupt);

    private static ChannelDocument Read(JsonElement root)
    {
        var keys = root.TryGetProperty("keys", out var array) ? ReadKeys(array) : null;
        var document = new ChannelDocument
        {
            Channel = Text(root, "channel"),
            Sequence = root.GetProperty("sequence").GetUInt64(),
            Stack = StackId.Parse(Text(root, "stack")),
            Same = [.. root.GetProperty("same").EnumerateArray().Select(stack => StackId.Parse(stack.GetString() ?? ""))],
            Rollout = root.GetProperty("rollout").GetInt32(),
            Created = UtcTime.Parse(Text(root, "created")),
            Expires = UtcTime.Parse(Text(root, "expires")),
            Keys = keys,
            Threshold = keys is null ? 1 : root.GetProperty("threshold").GetInt32(),
        };
        if (!IsName(document.Channel))
            throw new FormatException($"'{document.Channel}' is no name of a channel; expected at most {MaxName} letters, digits and '.', '-', '_'");
        if (document.Rollout is < 0 or > 100)
            throw new FormatException($"a rollout of {document.Rollout}; expected 0 to 100");
        if (keys is not null && (document.Threshold < 1 || document.Threshold > keys.Count))
            throw new FormatException($"a threshold of {document.Threshold} with {keys.Count} keys");
        return document;
    }

    // The same key twice, under two numbers perhaps, would count twice.
    private static List<TrustedKey> ReadKeys(JsonElement array)
    {
        var keys = new List<TrustedKey>();
        foreach (var element in array.EnumerateArray())
        {
            var key = PublicKey.Parse(Text(element, "key"));
            foreach (var other in keys)
                if (other.Key.Id == key.Id || other.Key.Key.Span.SequenceEqual(key.Key.Span))
                    throw new FormatException($"key {key.Id} is named twice");
            keys.Add(new TrustedKey(key, element.TryGetProperty("expires", out var expires) ? UtcTime.Parse(expires.GetString() ?? "") : null));
            if (keys.Count > MaxKeys)
                throw new FormatException($"more than {MaxKeys} keys");
        }
        return keys;
    }

    private static void Write(Utf8JsonWriter json, TrustedKey key)
    {
        json.WriteStartObject();
        if (key.Expires is { } expires)
            json.WriteString("expires", UtcTime.Format(expires));
        json.WriteString("key", key.Key.ToLine());
        json.WriteEndObject();
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    private static ImageException Corrupt(string what) => new(ImageErrorKind.Corrupt, "IB6040", $"channel document: {what}");
}
