using System.Text;
using System.Text.Json;
using ImageBuilder.Agent.Arguments;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Update.Overlays;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent changes`: what the upper adds, changes and deletes.</summary>
internal static class ChangesVerb
{
    public static Verb Create() => new("changes", "Lists what has changed against the layers, and is gone after a reset.", """
        One line each, a letter and the path:
          A  added: the layers have nothing there
          M  modified: content, link target, device or type differ
          m  only mode, owner, time or extended attributes differ
          D  deleted, with all that was in it
          R  a folder of the layers that was moved: old path -> new path
        With PATH, only what is at or below it. Files that were opened for writing and are as before are not listed, nor what lies in
        persisted folders and writable areas: that is no change of the root file system. Sizes in JSON are bytes.
        """, Run)
    { Words = "[PATH…]", Count = (0, int.MaxValue) };

    private static int Run(Call call)
    {
        var paths = call.Words.Select(path => Paths.Absolute(path)).ToList();
        var changes = call.OpenDevice().FindChanges().Where(change => paths.Count == 0 || paths.Exists(path => IsAtOrBelow(change, path))).ToList();
        call.Console.Result(() => Text(changes), json =>
        {
            json.WriteStartArray("changes");
            foreach (var change in changes)
                Write(json, change);
            json.WriteEndArray();
        });
        return ExitCode.Done;
    }

    private static bool IsAtOrBelow(UpperChange change, string path) =>
        path == "/" || change.Path == path || change.Path.StartsWith(path + '/', StringComparison.Ordinal) || change.From == path;

    private static string Text(List<UpperChange> changes)
    {
        var text = new StringBuilder();
        foreach (var change in changes)
            text.Append(change.What switch { ChangeKind.Added => 'A', ChangeKind.Modified => 'M', ChangeKind.Deleted => 'D', ChangeKind.Metadata => 'm', _ => 'R' })
                .Append(' ').Append(change.From is { } from ? $"{from} -> " : "").Append(change.Path).Append('\n');
        return text.ToString();
    }

    private static void Write(Utf8JsonWriter json, UpperChange change)
    {
        json.WriteStartObject();
        json.WriteString("path", change.Path);
        json.WriteString("change", StatusJson.Name(change.What));
        json.WriteString("type", change.Kind switch
        {
            NodeKind.Directory => "directory",
            NodeKind.File => "file",
            NodeKind.Symlink => "link",
            NodeKind.CharacterDevice => "character device",
            NodeKind.BlockDevice => "block device",
            NodeKind.Fifo => "pipe",
            _ => "socket",
        });
        if (change is { Kind: NodeKind.File, What: not ChangeKind.Deleted })
            json.WriteNumber("size", change.Size);
        if (change.From is { } from)
            json.WriteString("from", from);
        json.WriteEndObject();
    }
}
