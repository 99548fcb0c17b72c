using System.Text.Json;
using ImageBuilder.Linux;

namespace ImageBuilder.Agent;

/// <summary>What the boot program left of this boot: /run/imagebuilder/boot.json (initramfs/Init/Timeline.cs). A newer one may say more.</summary>
/// <param name="Facts">Values of the whole boot, by name.</param>
/// <param name="Decisions">Which choices were made, and why.</param>
/// <param name="Failures">What went wrong and did not stop the boot, in words.</param>
/// <param name="Microseconds">From the kernel's start to the end of the last phase.</param>
internal sealed record BootReport(IReadOnlyDictionary<string, string> Facts, IReadOnlyList<(string What, string Choice, string Reason)> Decisions, IReadOnlyList<string> Failures, long Microseconds)
{
    /// <summary>Reads the report; null when it is not there, or none.</summary>
    public static BootReport? TryRead(string path)
    {
        if (KernelFile.TryRead(path) is not { } text)
            return null;
        try
        {
            using var document = JsonDocument.Parse(text);
            var facts = new SortedDictionary<string, string>(StringComparer.Ordinal);
            Collect(facts, "", document.RootElement);
            return new BootReport(facts,
                [.. List(document.RootElement, "decisions").Select(decision => (Text(decision, "what"), Text(decision, "choice"), Text(decision, "reason")))],
                [.. List(document.RootElement, "failures").Select(failure => failure.ToString())],
                List(document.RootElement, "phases").Select(phase => phase.TryGetProperty("end", out var end) && end.TryGetInt64(out var time) ? time : 0).DefaultIfEmpty().Max());
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A value of the whole boot; null when the report has none.</summary>
    public string? Fact(string name) => Facts.GetValueOrDefault(name);

    // {"upper":{"kind":"tmpfs"}} is upper.kind.
    private static void Collect(SortedDictionary<string, string> facts, string prefix, JsonElement values)
    {
        foreach (var member in values.EnumerateObject())
            if (member.Value.ValueKind == JsonValueKind.Object)
                Collect(facts, $"{prefix}{member.Name}.", member.Value);
            else if (member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                facts[prefix + member.Name] = member.Value.ToString();
    }

    private static List<JsonElement> List(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];

    private static string Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? value.ToString() : "";
}
