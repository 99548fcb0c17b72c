using System.Globalization;

namespace ImageBuilder.Qemu.Timelines;

/// <summary>Draws a <see cref="BootTimeline"/> as text: one bar per phase on a common scale, then the decisions.</summary>
public static class TimelineChart
{
    /// <summary>The chart's lines, each at most <paramref name="width"/> columns wide where names allow it.</summary>
    public static IReadOnlyList<string> Render(BootTimeline timeline, int width = 78)
    {
        var lines = new List<string>();
        if (timeline.Phases.Count > 0)
            AddPhases(lines, timeline.Phases, width);
        var what = timeline.Decisions.Select(decision => decision.What.Length).DefaultIfEmpty().Max();
        foreach (var decision in timeline.Decisions)
            lines.Add($"{decision.What.PadRight(what)}  {decision.Choice}{(decision.Reason.Length > 0 ? $" ({decision.Reason})" : "")}");
        return lines;
    }

    private static void AddPhases(List<string> lines, IReadOnlyList<BootPhase> phases, int width)
    {
        var start = phases.Min(phase => phase.StartMicroseconds);
        var end = phases.Max(phase => phase.EndMicroseconds);
        var names = phases.Max(phase => phase.Name.Length);
        const int TimeColumns = 10;                         // "  12.345 s"
        var columns = Math.Max(10, width - names - TimeColumns - 4);
        var scale = (double)columns / Math.Max(1, end - start);
        lines.Add($"init {Seconds(end - start)}, from {Seconds(start)} to {Seconds(end)} after the kernel's start");
        foreach (var phase in phases)
        {
            var from = Math.Min(columns - 1, (int)((phase.StartMicroseconds - start) * scale));
            var to = Math.Clamp((int)Math.Round((phase.EndMicroseconds - start) * scale), from + 1, columns);
            var bar = new string(' ', from) + new string('█', to - from) + new string(' ', columns - to);
            lines.Add($"{phase.Name.PadRight(names)} │{bar}│ {Seconds(phase.EndMicroseconds - phase.StartMicroseconds),TimeColumns - 1}");
        }
    }

    private static string Seconds(long microseconds) => (microseconds / 1e6).ToString("0.000", CultureInfo.InvariantCulture) + " s";
}
