using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ImageBuilder.Pipeline.Inspection.Differences;

/// <summary>Differences for programs: everything, whatever its number.</summary>
public static class DifferencesJson
{
    /// <summary>The JSON text, ended by a newline.</summary>
    public static string Write(ImageDifferences differences)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("before", differences.Before);
            json.WriteString("after", differences.After);
            json.WriteBoolean("equal", differences.AreEqual);
            Objects(json, "boot", differences.Boot, fact => Pair(json, "name", fact.Name, fact.Before, fact.After));
            Objects(json, "packages", differences.Packages, package =>
            {
                Pair(json, "name", package.Name, package.Before, package.After);
                json.WriteString("change", package.Change);
            });
            Objects(json, "folders", differences.Folders, folder =>
            {
                json.WriteString("path", folder.Path);
                json.WriteNumber("before", folder.Before);
                json.WriteNumber("after", folder.After);
            });
            Objects(json, "medium", differences.Medium, file => File(json, file));
            Objects(json, "files", differences.Files, file => File(json, file));
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void File(Utf8JsonWriter json, FileDifference file)
    {
        json.WriteString("path", file.Path);
        json.WriteString("change", file.Change.ToString().ToLowerInvariant());
        json.WriteString("type", FileTypes.Name((file.After ?? file.Before)!.Kind));
        json.WriteNumber("sizeBefore", file.SizeBefore);
        json.WriteNumber("sizeAfter", file.SizeAfter);
        Objects(json, "aspects", file.Aspects, aspect => Pair(json, "name", aspect.Name, aspect.Before, aspect.After));
    }

    private static void Pair(Utf8JsonWriter json, string key, string name, string? before, string? after)
    {
        json.WriteString(key, name);
        json.WriteString("before", before);
        json.WriteString("after", after);
    }

    private static void Objects<T>(Utf8JsonWriter json, string name, IReadOnlyList<T>? items, Action<T> write)
    {
        if (items is null)
        {
            json.WriteNull(name);
            return;
        }
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
