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

    /// <summary>The paths at which the stack differs from an earlier one, with what is there now; some may have differed only in between. Null when no step begins with that one.</summary>
    public IReadOnlyDictionary<string, PathContent>? Since(StackId stack)
    {
        var paths = new Dictionary<string, PathContent>(StringComparer.Ordinal);
        if (stack == Stack)
            return paths;
        foreach (var step in Steps)
        {
            foreach (var (path, now) in step.Paths)
                paths.TryAdd(path, now);
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
    public byte[] ToBytes() => CanonicalJson.Write(json =>
    {
        json.WriteNumber("schema", Schema);
        json.WriteString("stack", Stack.ToString());
        json.WriteStartArray("steps");
        foreach (var step in Steps)
        {
            json.WriteStartObject();
            Write(json, "files", step, PathContent.File);
            Write(json, "folders", step, PathContent.Folder);
            Write(json, "from", step.From.Select(stack => stack.ToString()));
            Write(json, "gone", step, PathContent.Gone);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    /// <summary>Reads them, and takes only canonical bytes.</summary>
    /// <exception cref="ImageException">IB6036: not such a list, or not canonical.</exception>
    public static StackChanges Parse(ReadOnlySpan<byte> bytes) => CanonicalJson.Parse(bytes, MaxLength, Schema, Read, changes => changes.ToBytes(), Corrupt);

    private static StackChanges Read(JsonElement root)
    {
        var steps = new List<StackStep>();
        foreach (var step in root.GetProperty("steps").EnumerateArray())
            steps.Add(new StackStep([.. Texts(step, "from").Select(StackId.Parse)],
                [.. Paths(step, "files", PathContent.File), .. Paths(step, "folders", PathContent.Folder), .. Paths(step, "gone", PathContent.Gone)]));
        return new StackChanges(StackId.Parse(root.GetProperty("stack").GetString() ?? ""), steps);
    }

    private static IEnumerable<ChangedPath> Paths(JsonElement step, string name, PathContent now) => Texts(step, name).Select(path => new ChangedPath(IsPath(path) ? path : throw new FormatException($"an entry of '{name}' is no path"), now));

    // Paths are shown on terminals; publish writes control characters as \xNN.
    private static bool IsPath(string text)
    {
        if (!text.StartsWith('/'))
            return false;
        foreach (var character in text)
            if (char.IsControl(character))
                return false;
        return true;
    }

    private static IEnumerable<string> Texts(JsonElement step, string name)
    {
        foreach (var text in step.GetProperty(name).EnumerateArray())
            yield return text.GetString() ?? "";
    }

    private static void Write(Utf8JsonWriter json, string name, StackStep step, PathContent now) => Write(json, name, step.Paths.Where(path => path.Now == now).Select(path => path.Path));

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static ImageException Corrupt(string what) => new(ImageErrorKind.Corrupt, "IB6036", $"the channel's list of changed paths: {what}");
}
