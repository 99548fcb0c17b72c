using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ImageBuilder.Pipeline.Inspection.Reports;

/// <summary>A report for programs: facts are properties, tables arrays of objects, parts an array of reports.</summary>
public static class JsonReport
{
    /// <summary>The whole report as one object.</summary>
    public static string Render(ImageReport report)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            Write(json, report);
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void Write(Utf8JsonWriter json, ImageReport report)
    {
        json.WriteStartObject();
        json.WriteString("kind", report.Kind);
        json.WriteString("name", report.Name);
        json.WriteString("title", report.Title);
        json.WriteNumber("length", report.Length);
        foreach (var (name, value) in report.Facts)
            Property(json, name, value);
        foreach (var table in report.Tables)
        {
            json.WriteStartArray(table.Name);
            foreach (var row in table.Rows)
            {
                json.WriteStartObject();
                for (var i = 0; i < table.Columns.Length; i++)
                    Property(json, table.Columns[i], row[i]);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        if (report.Faults.Count > 0)
        {
            json.WriteStartArray("faults");
            report.Faults.ForEach(json.WriteStringValue);
            json.WriteEndArray();
        }
        if (report.Parts.Count > 0)
        {
            json.WriteStartArray("parts");
            report.Parts.ForEach(part => Write(json, part));
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void Property(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNull(name);
                break;
            case bool truth:
                json.WriteBoolean(name, truth);
                break;
            case int number:
                json.WriteNumber(name, number);
                break;
            case long number:
                json.WriteNumber(name, number);
                break;
            default:
                json.WriteString(name, value.ToString());
                break;
        }
    }
}
