using System.Text;
using System.Text.Json;

namespace ImageBuilder.Agent.Health;

/// <summary>The part of the status that tells of trials: the one that is on, and those that failed.</summary>
internal static class TrialStatus
{
    public static void Append(StringBuilder text, Device device)
    {
        if (RunningTrial.IsOn(device))
            text.Append("trial    this version is on trial: it is kept when it is healthy, or the one before comes back\n");
        foreach (var (folder, note) in TrialNote.All(device))
            text.Append($"failed   {(note.Name.Length > 0 ? $"{note.Name} {note.Version}, " : "")}stack {note.Stack[..Math.Min(12, note.Stack.Length)]}, {note.Time}: {note.Reason}\n         left of it in {folder}: {string.Join(", ", Files(folder))}\n");
    }

    public static void Write(Utf8JsonWriter json, Device device)
    {
        json.WriteBoolean("trial", RunningTrial.IsOn(device));
        json.WriteStartArray("failedTrials");
        foreach (var (folder, note) in TrialNote.All(device))
        {
            json.WriteStartObject();
            note.WriteMembers(json);
            json.WriteString("folder", folder);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static List<string> Files(string folder) => [.. Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Where(name => name[0] != '.').Order(StringComparer.Ordinal)];
}
