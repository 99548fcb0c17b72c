using System.Text.Json;

namespace ImageBuilder.Qemu.Timelines;

/// <summary>Init's report of one boot: <c>/run/imagebuilder/boot.json</c>, or one console line when <c>ib.timeline</c> is given.</summary>
/// <remarks>Reading is tolerant: a newer Init may say more, and a half-written line is no report.</remarks>
public sealed record BootTimeline(IReadOnlyList<BootPhase> Phases, IReadOnlyList<BootDecision> Decisions)
{
    /// <summary>When the last phase ended, from the kernel's start.</summary>
    public TimeSpan End => TimeSpan.FromMicroseconds(Phases.Select(phase => phase.EndMicroseconds).DefaultIfEmpty().Max());

    /// <summary>Where Init leaves it in the guest.</summary>
    public const string GuestPath = "/run/imagebuilder/boot.json";

    /// <summary>What precedes it on a console line.</summary>
    public const string ConsoleMarker = "imagebuilder: timeline ";

    /// <summary>The last complete report on a console; null when there is none.</summary>
    public static BootTimeline? FindOnConsole(string transcript)
    {
        for (var at = transcript.LastIndexOf(ConsoleMarker, StringComparison.Ordinal); at >= 0;
             at = at == 0 ? -1 : transcript.LastIndexOf(ConsoleMarker, at - 1, StringComparison.Ordinal))
        {
            var line = transcript.AsSpan(at + ConsoleMarker.Length);
            var end = line.IndexOf('\n');
            if (end >= 0 && Parse(line[..end].ToString()) is { } timeline)
                return timeline;
        }
        return null;
    }

    /// <summary>Reads the JSON; null when it is not a report.</summary>
    public static BootTimeline? Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return null;
            return new BootTimeline(
                [.. Objects(root, "phases").Select(phase => new BootPhase(Text(phase, "name"), Number(phase, "start"), Number(phase, "end")))
                    .Where(phase => phase.EndMicroseconds >= phase.StartMicroseconds)],
                [.. Objects(root, "decisions").Select(decision => new BootDecision(Text(decision, "what"), Text(decision, "choice"), Text(decision, "reason")))]);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<JsonElement> Objects(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(element => element.ValueKind == JsonValueKind.Object) : [];

    private static string Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static long Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : 0;
}
