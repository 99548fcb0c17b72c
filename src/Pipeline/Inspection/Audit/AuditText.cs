using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>An audit's result for people and for programs.</summary>
public static class AuditText
{
    private const int SeverityWidth = 8;

    /// <summary>As text: the worst first, what matters less in one line each.</summary>
    public static string Write(AuditResult result)
    {
        var text = new StringBuilder();
        foreach (var finding in result.Findings)
        {
            text.Append($"{Name(finding.Severity).PadRight(SeverityWidth)}{finding.Id}  {finding.Subject}: {finding.Why}\n");
            if (finding.Remedy.Length > 0)
                text.Append($"{new string(' ', SeverityWidth)}→ {finding.Remedy}\n");
        }
        var counts = Enum.GetValues<Severity>().OrderDescending().Select(severity => $"{result.Findings.Count(finding => finding.Severity == severity)} {Name(severity)}");
        text.Append($"{string.Join(", ", counts)}{(result.Accepted.Count > 0 ? $"; {result.Accepted.Count} accepted" : "")}\n");
        return EntryName.PrintableLines(text.ToString());
    }

    /// <summary>As JSON, what is accepted too.</summary>
    public static string ToJson(AuditResult result)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach (var (name, findings) in ((string, IReadOnlyList<Finding>)[])[("findings", result.Findings), ("accepted", result.Accepted)])
            {
                json.WriteStartArray(name);
                foreach (var finding in findings)
                {
                    json.WriteStartObject();
                    json.WriteString("id", finding.Id);
                    json.WriteString("severity", Name(finding.Severity));
                    json.WriteString("subject", finding.Subject);
                    json.WriteString("why", finding.Why);
                    json.WriteString("remedy", finding.Remedy);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static string Name(Severity severity) => severity.ToString().ToLowerInvariant();
}
