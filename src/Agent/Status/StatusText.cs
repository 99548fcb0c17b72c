using System.Text;
using ImageBuilder.Update.Overlays;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.State;

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
        if (status is { HasSlots: true, Record: { } record })
            Slots(text, record, device.Slot);
        Line(text, "layers", device.Overlay is { } overlay ? $"{overlay.Layers.Count}" : "1");
        Line(text, "upper", UpperOf(status));
        if (status.Upper is { } upper)
            Line(text, "", $"{Size.Text(upper.Used)} of {Size.Text(upper.Size)}{(status.UpperKind == "tmpfs" ? " of memory" : "")} used, {Size.Text(upper.Free)} left");
        if (status.UpperKind == "persistent")
            Line(text, "", LimitOf(status));
        Line(text, "data", status.Data is { } data ? $"{device.Report.Fact("data") ?? device.DataFolder}: {Size.Text(data.Used)} of {Size.Text(data.Size)} used, {Size.Text(data.Free)} left" : null);
        Line(text, "kept", status.Record is null ? null : status.Kept.Count == 0 ? "no earlier uppers" : string.Join(", ", status.Kept.Select(kept => $"upper {kept.Number}{(kept.Stamp?.Stack == device.Stack ? "" : " (of another stack)")}")));
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

    private static void Slots(StringBuilder text, StateRecord record, Slot? running)
    {
        var name = "slots";
        foreach (var slot in (Slot[])[Slot.A, Slot.B])
        {
            var state = record.Of(slot);
            Line(text, name, $"{HintFile.NameOf(slot)}: {state.Status.ToString().ToLowerInvariant()}{(state.Stack.IsEmpty ? "" : $", stack {state.Stack.ToString()[..16]}")}{(state.Upper == 0 ? "" : $", upper {state.Upper}")}"
                + $"{(slot == running ? ", runs" : "")}{(slot == record.Active ? ", starts by default" : "")}");
            name = "";
        }
        if (record.Phase is not (InstallPhase.Idle or InstallPhase.Committed))
            Line(text, "update", TrialMachine.TargetOf(record) is { } target
                ? $"slot {HintFile.NameOf(target)} is {record.Phase.ToString().ToLowerInvariant()}{(record.Phase is InstallPhase.Armed or InstallPhase.Trying ? $", {record.Of(target).Tries} more tries" : "")}"
                : record.Phase.ToString().ToLowerInvariant());
        if (!record.Quarantined.IsEmpty)
            Line(text, "refused", $"stack {record.Quarantined.ToString()[..16]}: {record.Reason}");
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
