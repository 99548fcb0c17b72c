using System.Text.Json;
using ImageBuilder.Update.Data;

namespace ImageBuilder.Agent.Health;

/// <summary>What a failed trial's trial.json says.</summary>
/// <param name="Reason">Why it was given up.</param>
/// <param name="Name">The image's name; empty when it is not known: nobody of that version came to write it down.</param>
/// <param name="Version">Its version; likewise.</param>
/// <param name="Stack">Its stack.</param>
/// <param name="Slot">The slot that it was tried in.</param>
/// <param name="Upper">The number of its upper; 0 for none.</param>
/// <param name="Time">When this was written.</param>
internal sealed record TrialNote(string Reason, string Name, string Version, string Stack, string Slot, uint Upper, string Time)
{
    /// <summary>Its name in the trial's folder.</summary>
    public const string FileName = "trial.json";

    public byte[] ToBytes()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteMembers(json);
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    public void WriteMembers(Utf8JsonWriter json)
    {
        json.WriteString("reason", Reason);
        json.WriteString("name", Name);
        json.WriteString("version", Version);
        json.WriteString("stack", Stack);
        json.WriteString("slot", Slot);
        json.WriteNumber("upper", Upper);
        json.WriteString("time", Time);
    }

    /// <summary>The trials that are kept, the newest first, with their folders.</summary>
    public static IReadOnlyList<(string Folder, TrialNote Note)> All(Device device)
    {
        var folder = device.DataFolder + DataLayout.Trials;
        if (!Directory.Exists(folder))
            return [];
        return [.. Directory.EnumerateDirectories(folder).OrderByDescending(path => DataLayout.NumberOf(Path.GetFileName(path)) ?? 0)
            .Select(path => (path, Note: TryRead($"{path}/{FileName}"))).Where(trial => trial.Note is not null).Select(trial => (trial.path, trial.Note!))];
    }

    private static TrialNote? TryRead(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            return new TrialNote(Text("reason"), Text("name"), Text("version"), Text("stack"), Text("slot"), root.GetProperty("upper").GetUInt32(), Text("time"));

            string Text(string name) => root.GetProperty(name).GetString() ?? "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }
}
