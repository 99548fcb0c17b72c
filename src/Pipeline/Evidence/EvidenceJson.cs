using System.Text.Encodings.Web;
using System.Text.Json;

namespace ImageBuilder.Pipeline.Evidence;

/// <summary>How evidence files are written: indented, '\n' at line ends, one more at the end.</summary>
internal static class EvidenceJson
{
    /// <summary>One JSON object as UTF-8.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> members)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }
}
