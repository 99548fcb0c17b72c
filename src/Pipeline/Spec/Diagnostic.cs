using System.Text;

namespace ImageBuilder.Pipeline.Spec;

/// <summary>One error in a spec or in a file that it names: what, where, and the way out.</summary>
public sealed record Diagnostic
{
    private const int LongestShownLine = 160;

    /// <summary>The file as the user named it; null for errors in the command line's <c>--set</c>.</summary>
    public required string? File { get; init; }

    /// <summary>Line, column and length; <see cref="SourceSpan.CommandLine"/> when there is no file.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>The stable id; see <see cref="SpecErrors"/>.</summary>
    public required string Id { get; init; }

    /// <summary>What is wrong, one line.</summary>
    public required string Message { get; init; }

    /// <summary>The line of the file that the error is in; null when it cannot be shown.</summary>
    public string? SourceLine { get; init; }

    /// <summary>The first line of <see cref="Render"/>: <c>live.yaml:12:5: error IB1204: …</c>.</summary>
    public string Header => File is null
        ? $"command line: error {Id}: {Message}"
        : $"{File}:{Span.Line}:{Span.Column}: error {Id}: {Message}";

    /// <summary>The error, its source line and a line of carets, without a line end at the end.</summary>
    public string Render()
    {
        if (File is null || SourceLine is null)
            return Header;
        var line = SourceLine.TrimEnd();
        var start = Math.Clamp(Span.Column - 1, 0, line.Length);
        var length = Math.Clamp(Span.Length, 1, Math.Max(1, line.Length - start));

        // A very long line is shown from a little before the error on.
        var skipped = start > LongestShownLine / 2 && line.Length > LongestShownLine ? start - 20 : 0;
        line = line[skipped..];
        start -= skipped;
        if (line.Length > LongestShownLine)
            line = line[..LongestShownLine];
        length = Math.Clamp(length, 1, Math.Max(1, line.Length - start));

        var text = new StringBuilder(Header).Append('\n');
        foreach (var c in line)
            text.Append(Printable(c));
        text.Append('\n');
        foreach (var c in line.AsSpan(0, Math.Min(start, line.Length)))
            text.Append(c == '\t' ? '\t' : ' ');
        return text.Append('^', length).ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => Header;

    /// <summary>A user's value as messages quote it: on one line, not too long, nothing a terminal would obey.</summary>
    internal static string Quote(string value)
    {
        const int longest = 60;
        var text = new StringBuilder("'");
        foreach (var c in value.Length <= longest ? value : value[..longest])
            text.Append(c switch { '\n' => "\\n", '\t' => "\\t", '\r' => "\\r", _ => Printable(c).ToString() });
        return text.Append(value.Length <= longest ? "'" : "…'").ToString();
    }

    /// <summary>A foreign message without characters that a terminal would obey.</summary>
    internal static string Clean(string message) => string.Concat(message.Select(Printable));

    private static char Printable(char c) => (char.IsControl(c) && c != '\t') || char.IsSurrogate(c) ? '\uFFFD' : c;
}
