using System.Globalization;
using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Reports;

/// <summary>A report for people.</summary>
public static class TextReport
{
    private const int Indent = 2;

    /// <summary>The whole report, parts indented below what holds them.</summary>
    /// <param name="report">What to show.</param>
    /// <param name="showLong">Show long lists too, such as the packages.</param>
    public static string Render(ImageReport report, bool showLong)
    {
        var text = new StringBuilder();
        Render(text, report, showLong, 0);
        return text.ToString();
    }

    private static void Render(StringBuilder text, ImageReport report, bool showLong, int depth)
    {
        var margin = new string(' ', depth * Indent);
        Line(text, margin, $"{report.Name}: {report.Title}, {ByteSize.Text(report.Length)}");
        var inside = margin + new string(' ', Indent);
        var width = report.Facts.Select(fact => Words(fact.Name).Length).DefaultIfEmpty(0).Max();
        foreach (var (name, value) in report.Facts)
            Line(text, inside, $"{Words(name).PadRight(width)}  {Value(value)}");
        foreach (var fault in report.Faults)
            Line(text, inside, $"! {fault}");
        foreach (var table in report.Tables)
        {
            if (table.IsLong && !showLong)
                continue;
            Line(text, inside, $"{Words(table.Name)}:");
            var rows = table.Rows.Select(row => row.Select(Value).ToArray()).Prepend([.. table.Columns.Select(Words)]).ToList();
            var widths = Enumerable.Range(0, table.Columns.Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
            foreach (var row in rows)
                Line(text, inside + new string(' ', Indent), string.Join("  ", row.Select((cell, column) =>
                    table.Rows[0][column] is long or int ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
        }
        foreach (var part in report.Parts)
            Render(text, part, showLong, depth + 1);
    }

    /// <summary>What an image says of itself may hold anything; a terminal is to see no control characters.</summary>
    private static void Line(StringBuilder text, string margin, string line) => text.Append(margin).Append(EntryName.Printable(line)).Append('\n');

    /// <summary>"volumeId" as "volume id".</summary>
    private static string Words(string name) => string.Concat(name.Select(c => char.IsAsciiLetterUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{c}"));

    private static string Value(object? value) => value switch
    {
        null => "",
        bool truth => truth ? "yes" : "no",
        long number => number.ToString("N0", CultureInfo.InvariantCulture),
        int number => number.ToString("N0", CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
