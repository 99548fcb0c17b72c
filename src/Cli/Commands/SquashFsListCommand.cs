using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder squashfs list`.</summary>
internal static class SquashFsListCommand
{
    public static Command Create()
    {
        var image = new Argument<string>("IMAGE") { Description = "A SquashFS image, or a live ISO with one inside" };
        var path = new Argument<string>("PATH") { Description = "Only this file or folder", DefaultValueFactory = _ => "/" };
        var json = SharedOptions.Json();
        var command = new Command("list", "List the files in an image: mode, owner, size, time, path") { image, path, json };
        command.SetAction(parsed =>
        {
            using var open = ImageTree.OpenSquashFs(parsed.GetRequiredValue(image));
            var tree = TreeSelection.Of(open.Image.ReadTree(), [parsed.GetRequiredValue(path)]);
            var top = tree.Find(parsed.GetRequiredValue(path));
            using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 1 << 16);
            var entries = tree.Walk().Prepend(("/", tree.Root)).SkipWhile(entry => entry.Item2 != top);
            if (parsed.GetValue(json))
                WriteJson(output, entries);
            else
                foreach (var (name, node) in entries)
                    output.WriteLine(Line(name, node));
            return ExitCode.Done;
        });
        return command;
    }

    private static string Line(string path, Node node)
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(node.ModifiedTime).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        var target = node.Kind == NodeKind.Symlink ? " -> " + EntryName.Printable(node.Target.Span) : "";
        return $"{UnixMode.Text(node.Kind, node.Mode)} {$"{node.Uid}/{node.Gid}",-12} {Size(node),12} {time} {path}{target}";
    }

    private static string Size(Node node) => node.Kind switch
    {
        NodeKind.File => $"{node.Content.Length}",
        NodeKind.Symlink => $"{node.Target.Length}",
        NodeKind.BlockDevice or NodeKind.CharacterDevice => $"{node.DeviceMajor},{node.DeviceMinor}",
        _ => "0",
    };

    /// <summary>An array with an object per name. Bytes that are no UTF-8 are written as \xNN, as everywhere.</summary>
    private static void WriteJson(StreamWriter output, IEnumerable<(string Path, Node Node)> entries)
    {
        var options = new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        var first = true;
        output.Write('[');
        foreach (var (path, node) in entries)
        {
            output.WriteLine(first ? "" : ",");
            output.Write(ToJson(path, node).ToJsonString(options));
            first = false;
        }
        output.WriteLine("\n]");
    }

    private static JsonObject ToJson(string path, Node node)
    {
        var entry = new JsonObject
        {
            ["path"] = path,
            ["kind"] = node.Kind.ToString(),
            ["mode"] = Convert.ToString(node.Mode, 8).PadLeft(4, '0'),
            ["uid"] = node.Uid,
            ["gid"] = node.Gid,
            ["mtime"] = node.ModifiedTime,
        };
        if (node.Kind == NodeKind.File)
            entry["size"] = node.Content.Length;
        if (node.Kind == NodeKind.Symlink)
            entry["target"] = EntryName.Printable(node.Target.Span);
        if (node.Kind is NodeKind.BlockDevice or NodeKind.CharacterDevice)
            (entry["major"], entry["minor"]) = (node.DeviceMajor, node.DeviceMinor);
        if (node.HasXattrs)
            entry["xattrs"] = new JsonObject(node.Xattrs.Select(xattr => KeyValuePair.Create(xattr.Key, (JsonNode?)Convert.ToBase64String(xattr.Value))));
        return entry;
    }
}
