using System.Text.Json;
using ImageBuilder.Formats;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Repositories;

/// <summary>
/// Where a channel's stack differs from those that it offered before: small, so that a device can tell before a download what its own changes would hide.
/// Its bytes are canonical JSON, as those of <see cref="StackManifest"/>.
/// </summary>
/// <param name="Stack">The stack that the steps lead to.</param>
/// <param name="Steps">The newest first; each leads to the stacks that the one before it begins with.</param>
public sealed record StackChanges(StackId Stack, IReadOnlyList<StackStep> Steps)
{
    /// <summary>The version of the format.</summary>
    public const int Schema = 1;

    /// <summary>Bytes that are read at most.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>The paths at which the stack differs from an earlier one, some perhaps only in between; null when no step begins with that.</summary>
    public HashSet<string>? Since(StackId stack)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        if (stack == Stack)
            return paths;
        foreach (var step in Steps)
        {
            paths.UnionWith(step.Paths);
            if (step.From.Contains(stack))
                return paths;
        }
        return null;
    }

    /// <summary>The same with as many of the newest steps as there is room for; null when there is none for the newest.</summary>
    public StackChanges? Fitting()
    {
        var fitting = this;
        while (fitting.ToBytes().Length > MaxLength)
            fitting = fitting with { Steps = [.. fitting.Steps.Take(fitting.Steps.Count - 1)] };
        return fitting.Steps.Count > 0 ? fitting : null;
    }

    /// <summary>The canonical bytes.</summary>
    public byte[] ToBytes()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", Schema);
            json.WriteString("stack", Stack.ToString());
            json.WriteStartArray("steps");
            foreach (var step in Steps)
            {
                json.WriteStartObject();
                Write(json, "from", step.From.Select(stack => stack.ToString()));
                Write(json, "paths", step.Paths);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    /// <summary>Reads them, and takes only canonical bytes.</summary>
    /// <exception cref="ImageException">IB6036: not such a list, or not canonical.</exception>
    public static StackChanges Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxLength)
            throw Corrupt($"it has {bytes.Length} bytes; at most {MaxLength} are read");
        StackChanges changes;
        try
        {
            using var json = JsonDocument.Parse(bytes.ToArray());
            changes = Read(json.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Corrupt(error.Message);
        }
        return changes.ToBytes().AsSpan().SequenceEqual(bytes) ? changes : throw Corrupt("its bytes are not canonical");
    }

    private static StackChanges Read(JsonElement root)
    {
        if (root.GetProperty("schema").GetInt32() is var schema && schema != Schema)
            throw new FormatException($"schema {schema}; this program knows {Schema}");
        var steps = new List<StackStep>();
        foreach (var step in root.GetProperty("steps").EnumerateArray())
            steps.Add(new StackStep([.. step.GetProperty("from").EnumerateArray().Select(stack => StackId.Parse(stack.GetString() ?? ""))],
                [.. step.GetProperty("paths").EnumerateArray().Select(path => path.GetString() ?? "")]));
        return new StackChanges(StackId.Parse(root.GetProperty("stack").GetString() ?? ""), steps);
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static ImageException Corrupt(string what) => new(ImageErrorKind.Corrupt, "IB6036", $"the channel's list of changed paths: {what}");
}
