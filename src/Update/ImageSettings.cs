using System.Text.Json;
using ImageBuilder.Formats;

namespace ImageBuilder.Update;

/// <summary>
/// What an image asks of the boot program and the agent: one JSON file in its top layer, so that it belongs to the stack and nobody can change it
/// on the device.
/// </summary>
public sealed record ImageSettings
{
    /// <summary>Where it lies in the root file system.</summary>
    public const string Path = "/usr/lib/imagebuilder/image.json";

    /// <summary>The version of the format.</summary>
    public const int Schema = 1;

    /// <summary>Bytes that are read at most.</summary>
    public const int MaxLength = 256 << 10;

    /// <summary>The image's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The image's version.</summary>
    public string Version { get; init; } = "";

    /// <summary>"tmpfs", "persistent" or "none"; `ib.upper=` on the kernel command line decides over it.</summary>
    public string Upper { get; init; } = "tmpfs";

    /// <summary>The most that a tmpfs upper may hold, as tmpfs(5) takes it.</summary>
    public string UpperSize { get; init; } = "50%";

    /// <summary>The most that a persistent upper may hold, in bytes; 0 for no limit of its own.</summary>
    public long UpperLimit { get; init; }

    /// <summary>Bytes of the data partition that uppers leave free, so that an update has room.</summary>
    public long Reserve { get; init; }

    /// <summary>Earlier uppers that are kept at most.</summary>
    public int Snapshots { get; init; }

    /// <summary>What happens when the persistent upper cannot be mounted: false stops the boot, true starts with one in memory, and says so.</summary>
    public bool MemoryOnUpperFailure { get; init; }

    /// <summary>Folders that outlive resets, absolute paths.</summary>
    public IReadOnlyList<string> Persist { get; init; } = [];

    /// <summary>Folders that can be written to even where the root cannot, with the most they may hold in bytes.</summary>
    public IReadOnlyList<(string Path, long Size)> Writable { get; init; } = [];

    /// <summary>Where updates come from and how they are tried; null when the image has none.</summary>
    public UpdateSettings? Update { get; init; }

    /// <summary>The file's bytes.</summary>
    public byte[] ToBytes()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", Schema);
            json.WriteString("name", Name);
            json.WriteString("version", Version);
            json.WriteStartObject("upper");
            json.WriteString("kind", Upper);
            json.WriteString("size", UpperSize);
            json.WriteNumber("limit", UpperLimit);
            json.WriteEndObject();
            json.WriteNumber("reserve", Reserve);
            json.WriteNumber("snapshots", Snapshots);
            json.WriteString("onUpperFailure", MemoryOnUpperFailure ? "tmpfs" : "stop");
            json.WriteStartArray("persist");
            foreach (var path in Persist)
                json.WriteStringValue(path);
            json.WriteEndArray();
            json.WriteStartArray("writable");
            foreach (var (path, size) in Writable)
            {
                json.WriteStartObject();
                json.WriteString("path", path);
                json.WriteNumber("size", size);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (Update is { } update)
            {
                json.WriteStartObject("update");
                update.WriteTo(json);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <summary>Reads the file. Members that this version does not know are an error: they ask for something that would not happen.</summary>
    /// <exception cref="ImageException">IB6002: not such a file. IB7201: a key in it is none.</exception>
    public static ImageSettings Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes.ToArray());
            return Read(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new ImageException(ImageErrorKind.Corrupt, "IB6002", $"{Path}: {error.Message}");
        }
    }

    private static ImageSettings Read(JsonElement root)
    {
        if (root.GetProperty("schema").GetInt32() is var schema && schema != Schema)
            throw new FormatException($"schema {schema}; this program knows {Schema}");
        var settings = new ImageSettings();
        foreach (var member in root.EnumerateObject())
            settings = member.Name switch
            {
                "schema" => settings,
                "name" => settings with { Name = member.Value.GetString()! },
                "version" => settings with { Version = member.Value.GetString()! },
                "upper" => settings with
                {
                    Upper = member.Value.GetProperty("kind").GetString() is ("tmpfs" or "persistent" or "none") and var kind ? kind : throw new FormatException("upper.kind: expected tmpfs, persistent or none"),
                    UpperSize = member.Value.GetProperty("size").GetString()!,
                    UpperLimit = member.Value.GetProperty("limit").GetInt64(),
                },
                "reserve" => settings with { Reserve = member.Value.GetInt64() },
                "snapshots" => settings with { Snapshots = member.Value.GetInt32() },
                "onUpperFailure" => settings with { MemoryOnUpperFailure = member.Value.GetString() switch { "tmpfs" => true, "stop" => false, _ => throw new FormatException("onUpperFailure: expected stop or tmpfs") } },
                "persist" => settings with { Persist = [.. member.Value.EnumerateArray().Select(path => path.GetString()!)] },
                "writable" => settings with { Writable = [.. member.Value.EnumerateArray().Select(area => (area.GetProperty("path").GetString()!, area.GetProperty("size").GetInt64()))] },
                "update" => settings with { Update = UpdateSettings.Read(member.Value) },
                _ => throw new FormatException($"unknown member '{member.Name}'"),
            };
        return settings;
    }
}
