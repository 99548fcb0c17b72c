using System.Text.Json;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Signatures;

namespace ImageBuilder.Update;

public sealed partial record UpdateSettings
{
    /// <summary>Writes the settings' members into an object that is open.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteString("url", Url);
        json.WriteString("channel", Channel);
        json.WriteString("compatible", Compatible);
        json.WriteStartArray("keys");
        foreach (var trusted in Keys)
        {
            json.WriteStartObject();
            json.WriteString("key", trusted.Key.ToLine());
            if (trusted.Expires is { } expires)
                json.WriteNumber("expires", expires);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("threshold", Threshold);
        json.WriteBoolean("offline", Offline);
        json.WriteString("report", Report);
        json.WriteNumber("tries", Tries);
        json.WriteNumber("healthTimeout", HealthTimeout);
        json.WriteStartArray("carry");
        foreach (var path in Carry)
            json.WriteStringValue(path);
        json.WriteEndArray();
        json.WriteNumber("interval", Interval);
        json.WriteString("window", Window);
        json.WriteNumber("rate", Rate);
        json.WriteBoolean("automatic", Automatic);
    }

    /// <summary>Reads the object. Throws what JsonElement throws, <see cref="FormatException"/>, and IB7201 for a key that is none.</summary>
    internal static UpdateSettings Read(JsonElement element)
    {
        var settings = new UpdateSettings();
        foreach (var member in element.EnumerateObject())
            settings = member.Name switch
            {
                "url" => settings with { Url = member.Value.GetString()! },
                "channel" => settings with { Channel = member.Value.GetString()! },
                "compatible" => settings with { Compatible = member.Value.GetString()! },
                "keys" => settings with { Keys = [.. member.Value.EnumerateArray().Select(ReadKey)] },
                "threshold" => settings with { Threshold = member.Value.GetInt32() },
                "offline" => settings with { Offline = member.Value.GetBoolean() },
                "report" => settings with { Report = member.Value.GetString()! },
                "tries" => settings with { Tries = member.Value.GetByte() },
                "healthTimeout" => settings with { HealthTimeout = member.Value.GetInt32() },
                "carry" => settings with { Carry = [.. member.Value.EnumerateArray().Select(path => path.GetString()!)] },
                "interval" => settings with { Interval = member.Value.GetInt32() },
                "window" => settings with { Window = member.Value.GetString()! },
                "rate" => settings with { Rate = member.Value.GetInt64() },
                "automatic" => settings with { Automatic = member.Value.GetBoolean() },
                _ => throw new FormatException($"unknown member 'update.{member.Name}'"),
            };
        return settings;
    }

    private static TrustedKey ReadKey(JsonElement element) =>
        new(PublicKey.Parse(element.GetProperty("key").GetString()!), element.TryGetProperty("expires", out var expires) ? expires.GetInt64() : null);
}
