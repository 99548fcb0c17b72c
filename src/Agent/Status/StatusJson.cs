using System.Text.Json;
using ImageBuilder.Update.Overlays;

namespace ImageBuilder.Agent;

/// <summary>The status for programs.</summary>
internal static class StatusJson
{
    public static void Write(Utf8JsonWriter json, SystemStatus status, IReadOnlyList<UpperChange>? changes)
    {
        var device = status.Device;
        json.WriteString("name", status.Settings?.Name);
        json.WriteString("version", status.Settings?.Version);
        json.WriteString("started", Device.Text(Device.Started));
        json.WriteNumber("bootMicroseconds", device.Report.Microseconds);
        json.WriteString("slot", device.Report.Fact("slot"));
        json.WriteString("stack", device.Report.Fact("stack"));
        json.WriteNumber("layers", device.Overlay?.Layers.Count ?? 1);
        json.WriteStartObject("upper");
        json.WriteString("kind", status.UpperKind);
        if (device.UpperNumber is { } number)
            json.WriteNumber("number", number);
        if (status.UpperSince is { } since)
            json.WriteString("since", Device.Text(since));
        if (status is { Record: { } record, Device.Slot: { } slot })
            json.WriteNumber("next", record.UpperOf(slot));
        if (status.Settings is { } settings)
            json.WriteNumber("limit", settings.UpperLimit);
        Write(json, status.Upper);
        json.WriteEndObject();
        json.WriteStartArray("kept");
        foreach (var kept in status.Kept)
        {
            json.WriteStartObject();
            json.WriteNumber("number", kept.Number);
            json.WriteString("stack", kept.Stamp?.Stack.ToString());
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (status.Data is { } data)
        {
            json.WriteStartObject("data");
            json.WriteString("device", device.Report.Fact("data"));
            if (status.Settings is { } asked)
                json.WriteNumber("reserve", asked.Reserve);
            Write(json, data);
            json.WriteEndObject();
        }
        status.Update?.Write(json);
        if (changes is not null)
        {
            json.WriteStartObject("changes");
            foreach (var kind in Enum.GetValues<ChangeKind>())
                json.WriteNumber(Name(kind), changes.Count(change => change.What == kind));
            json.WriteEndObject();
        }
        if (status.Carried is { } carried)
        {
            json.WritePropertyName("carried");
            json.WriteRawValue(carried.ToBytes());
        }
        json.WriteStartArray("decisions");
        foreach (var (what, choice, reason) in device.Report.Decisions)
        {
            json.WriteStartObject();
            json.WriteString("what", what);
            json.WriteString("choice", choice);
            json.WriteString("reason", reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("notices");
        foreach (var notice in status.Notices)
            json.WriteStringValue(notice);
        json.WriteEndArray();
    }

    /// <summary>A kind of change, as people and programs read it.</summary>
    public static string Name(ChangeKind kind) => kind switch
    {
        ChangeKind.Added => "added",
        ChangeKind.Modified => "modified",
        ChangeKind.Deleted => "deleted",
        ChangeKind.Metadata => "metadata",
        _ => "moved",
    };

    private static void Write(Utf8JsonWriter json, Filling? filling)
    {
        if (filling is null)
            return;
        json.WriteNumber("used", filling.Used);
        json.WriteNumber("size", filling.Size);
        json.WriteNumber("free", filling.Free);
    }
}
