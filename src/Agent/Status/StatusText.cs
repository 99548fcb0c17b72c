using System.Text;
using ImageBuilder.Update.Overlays;

namespace ImageBuilder.Agent;

/// <summary>The status for people.</summary>
internal static class StatusText
{
    public static string Of(SystemStatus status, IReadOnlyList<UpperChange>? changes)
    {
        var (device, text) = (status.Device, new StringBuilder());
        Line(text, "image", status.Settings is { } settings ? $"{settings.Name} {settings.Version}" : "unknown: the layers have no image.json");
        Line(text, "started", $"{Device.Text(Device.Started)}, root ready after {device.Report.Microseconds / 1_000_000.0:0.0} s");
        Line(text, "slot", device.Report.Fact("slot"));
        Line(text, "stack", device.Report.Fact("stack"));
        Line(text, "layers", device.Overlay is { } overlay ? $"{overlay.Layers.Count}" : "1");
        Line(text, "upper", UpperOf(status));
        if (status.Upper is { } upper)
            Line(text, "", $"{Size.Text(upper.Used)} of {Size.Text(upper.Size)}{(status.UpperKind == "tmpfs" ? " of memory" : "")} used, {Size.Text(upper.Free)} left");
        if (status.UpperKind == "persistent")
            Line(text, "", LimitOf(status));
        Line(text, "data", status.Data is { } data ? $"{device.Report.Fact("data") ?? device.DataFolder}: {Size.Text(data.Used)} of {Size.Text(data.Size)} used, {Size.Text(data.Free)} left" : null);
        Line(text, "kept", status.Record is null ? null : status.Kept.Count == 0 ? "no earlier uppers" : string.Join(", ", status.Kept.Select(kept => $"upper {kept.Number}{(kept.Stamp?.Stack == device.Stack ? "" : " (of another stack)")}")));
        foreach (var line in status.Update?.Lines() ?? [])
            Line(text, "update", line);
        Line(text, "changes", changes is null ? null : Counts(changes));
        foreach (var (what, choice, reason) in device.Report.Decisions)
            Line(text, "at boot", $"{what}: {choice} ({reason})");
        if (status.Carried is { } carried)
        {
            Line(text, "carried", $"{carried.Kept.Count} changes kept, {carried.Vendor.Count} now the new version's, {carried.Conflicts.Count} conflicts");
            foreach (var conflict in carried.Conflicts)
                Line(text, "", $"{conflict.Path}: {conflict.What}{(conflict.Beside is { } beside ? $"; the new one is {beside}" : "")}");
        }
        foreach (var notice in status.Notices)
            Line(text, "NOTICE", notice);
        return text.ToString();
    }

    private static string UpperOf(SystemStatus status) => status.UpperKind switch
    {
        "none" => "none: the root is read-only",
        "tmpfs" => "in memory: every start begins in the factory state",
        _ => $"persistent, number {status.Device.UpperNumber}{(status.UpperSince is { } since ? $", since {Device.Text(since)}" : "")}{Pending(status)}",
    };

    private static string Pending(SystemStatus status) =>
        status is { Record: { } record, Device: { Slot: { } slot, UpperNumber: { } number } } && record.UpperOf(slot) is var next && next != number
            ? $"; the next start has {(status.Kept.Any(kept => kept.Number == next) ? "" : "upper ")}{next}" : "";

    private static string? LimitOf(SystemStatus status) => status.Settings switch
    {
        { UpperLimit: > 0 } settings => $"may hold {Size.Text(settings.UpperLimit)}; {Size.Text(settings.Reserve)} stay free for an update",
        { Reserve: > 0 } settings => $"no limit of its own; {Size.Text(settings.Reserve)} stay free for an update",
        _ => null,
    };

    private static string Counts(IReadOnlyList<UpperChange> changes) => changes.Count == 0 ? "none against the layers"
        : string.Join(", ", changes.GroupBy(change => change.What).OrderBy(group => group.Key).Select(group => $"{group.Count()} {StatusJson.Name(group.Key)}"));

    private static void Line(StringBuilder text, string name, string? value)
    {
        if (value is not null)
            text.Append($"{name,-9}{value}\n");
    }
}
