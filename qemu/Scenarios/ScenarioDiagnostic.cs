namespace ImageBuilder.Qemu.Scenarios;

/// <summary>One thing that is wrong with a scenario file, with its place.</summary>
/// <param name="Line">From 1; 0 when it is about the file as a whole.</param>
/// <param name="Column">From 1.</param>
/// <param name="SourceLine">The text of that line.</param>
public sealed record ScenarioDiagnostic(string Path, int Line, int Column, string Id, string Message, string? SourceLine)
{
    /// <summary><c>FILE:LINE:COLUMN: error ID: MESSAGE</c>, then the source line and a caret.</summary>
    public override string ToString()
    {
        var text = Line > 0 ? $"{Path}:{Line}:{Column}: error {Id}: {Message}" : $"{Path}: error {Id}: {Message}";
        if (SourceLine is null)
            return text;
        var margin = new string([.. SourceLine.Take(Column - 1).Select(c => c == '\t' ? '\t' : ' ')]).PadRight(Column - 1);
        return $"{text}\n  {SourceLine}\n  {margin}^";
    }
}
