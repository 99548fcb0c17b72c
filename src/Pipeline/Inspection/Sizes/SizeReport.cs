using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Inspection.Sizes;

/// <summary>
/// What takes the space in an image, as one HTML page that needs nothing else: a treemap by folder and by package, the largest files, the
/// packages. Page, style and script are templates/report/; here only the data comes together. The same image gives the same bytes.
/// </summary>
public static class SizeReport
{
    /// <summary>The page.</summary>
    /// <param name="tree">The root file system.</param>
    /// <param name="file">What the image's file is called.</param>
    /// <param name="title">The image's own name and version; null to take the file's name.</param>
    /// <param name="packedLength">Bytes of the compressed layer; null when the tree does not come from one.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="Formats.ImageException">A file cannot be read; dpkg's database is damaged.</exception>
    public static string Write(Tree tree, string file, string? title, long? packedLength, CancellationToken cancel)
    {
        var status = DpkgStatus.Read(tree);
        var data = Data(tree, status, file, title ?? file, packedLength, cancel);
        return Templates.Fill("report/sizes.html", new Dictionary<string, object>
        {
            ["title"] = WebUtility.HtmlEncode(title ?? file),
            ["style"] = Templates.ReadText("report/sizes.css"),
            ["script"] = Templates.ReadText("report/sizes.js"),
            ["data"] = data,
        });
    }

    // The default encoder writes '<', '>' and '&' as \u003C and so on: no file name can end the script element that holds the text.
    private static string Data(Tree tree, DpkgStatus? status, string file, string title, long? packedLength, CancellationToken cancel)
    {
        var files = tree.Walk().Where(entry => entry.Node.Kind == NodeKind.File).Select(entry => entry.Node).Distinct().ToList();
        var packed = PackedSizes.Estimate(files, packedLength, cancel);
        var owners = status?.Owners() ?? new Dictionary<string, DpkgPackage>();
        var packages = status?.Installed.ToList() ?? [];
        var numbers = packages.Select((package, i) => (package, i)).ToDictionary(pair => pair.package, pair => pair.i);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("title", title);
            json.WriteString("file", file);
            json.WriteString("system", OsRelease.Read(tree)?.Name ?? "");
            json.WriteString("date", Date(tree));
            if (packedLength is { } length)
                json.WriteNumber("packed", length);
            json.WriteStartArray("packages");
            foreach (var package in packages)
            {
                json.WriteStartArray();
                json.WriteStringValue(package.Name);
                json.WriteStringValue(package.Version);
                json.WriteEndArray();
            }
            json.WriteEndArray();
            json.WritePropertyName("tree");
            var counted = new HashSet<Node>();
            Folder("", tree.Root);
            json.WriteEndObject();

            // A folder is [entry…], an entry [name, folder] or [name, bytes, packed bytes, number of the package or -1].
            void Folder(string path, Node folder)
            {
                json.WriteStartArray();
                foreach (var (name, node) in folder.Children)
                    if (node.IsDirectory)
                    {
                        json.WriteStartArray();
                        json.WriteStringValue(name.ToString());
                        Folder($"{path}/{name}", node);
                        json.WriteEndArray();
                    }
                    else if (node.Kind == NodeKind.File && counted.Add(node)) // under its first name only
                    {
                        json.WriteStartArray();
                        json.WriteStringValue(name.ToString());
                        json.WriteNumberValue(node.Content.Length);
                        json.WriteNumberValue(packed[node]);
                        json.WriteNumberValue(owners.TryGetValue($"{path}/{name}", out var owner) && numbers.TryGetValue(owner, out var number) ? number : -1);
                        json.WriteEndArray();
                    }
                json.WriteEndArray();
            }
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>The newest file's day: for images of ours that of their epoch.</summary>
    private static string Date(Tree tree)
    {
        var newest = tree.Walk().Select(entry => entry.Node.ModifiedTime).Append(tree.Root.ModifiedTime).Max();
        return FileTypes.Time(newest) is var text && text.IndexOf(' ', StringComparison.Ordinal) is > 0 and var space ? text[..space] : newest.ToString(CultureInfo.InvariantCulture);
    }
}
