using System.Text.Json;
using ImageBuilder.Formats;

namespace ImageBuilder.Update.Carry;

/// <summary>What a merge did, for people: <see cref="DevicePaths.CarryReport"/>.</summary>
public sealed record CarryReport
{
    /// <summary>Changed or deleted here only: as it was.</summary>
    public List<string> Kept { get; init; } = [];

    /// <summary>Changed here, and now the new stack's: it has the same, or the file is made by programs.</summary>
    public List<string> Vendor { get; init; } = [];

    /// <summary>What somebody may have to look at.</summary>
    public List<CarryConflict> Conflicts { get; init; } = [];

    /// <summary>The report as JSON.</summary>
    public byte[] ToBytes()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Write(json, "kept", Kept);
            Write(json, "vendor", Vendor);
            json.WriteStartArray("conflicts");
            foreach (var conflict in Conflicts)
            {
                json.WriteStartObject();
                json.WriteString("path", conflict.Path);
                json.WriteString("what", conflict.What);
                if (conflict.Beside is { } beside)
                    json.WriteString("beside", beside);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <summary>Reads a report.</summary>
    /// <exception cref="ImageException">IB6155: it is none.</exception>
    public static CarryReport Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes.ToArray());
            var root = document.RootElement;
            return new CarryReport
            {
                Kept = [.. root.GetProperty("kept").EnumerateArray().Select(path => path.GetString()!)],
                Vendor = [.. root.GetProperty("vendor").EnumerateArray().Select(path => path.GetString()!)],
                Conflicts = [.. root.GetProperty("conflicts").EnumerateArray().Select(conflict => new CarryConflict(conflict.GetProperty("path").GetString()!,
                    conflict.GetProperty("what").GetString()!, conflict.TryGetProperty("beside", out var beside) ? beside.GetString() : null))],
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ImageException(ImageErrorKind.Corrupt, "IB6155", $"{DevicePaths.CarryReport}: {error.Message}");
        }
    }

    private static void Write(Utf8JsonWriter json, string name, List<string> paths)
    {
        json.WriteStartArray(name);
        foreach (var path in paths)
            json.WriteStringValue(path);
        json.WriteEndArray();
    }
}

/// <summary>Something that both sides have changed.</summary>
/// <param name="Path">Where.</param>
/// <param name="What">What was done about it, in words.</param>
/// <param name="Beside">Where the new stack's version lies; null when nothing was put beside.</param>
public sealed record CarryConflict(string Path, string What, string? Beside = null);
