namespace ImageBuilder.Pipeline.Spec;

/// <summary>Collects errors, so that a user sees all of them at once.</summary>
internal sealed class DiagnosticBag(SourceText source)
{
    private readonly List<Diagnostic> _diagnostics = [];

    /// <summary>The spec's own text.</summary>
    public SourceText Source { get; } = source;

    /// <summary>True when there is no error yet.</summary>
    public bool IsEmpty => _diagnostics.Count == 0;

    /// <summary>Adds an error in the spec, or in the file that <paramref name="other"/> is.</summary>
    public void Add(SpecError error, SourceSpan span, string message, SourceText? other = null)
    {
        var text = other ?? Source;
        var fromCommandLine = span == SourceSpan.CommandLine;
        _diagnostics.Add(new Diagnostic
        {
            File = fromCommandLine ? null : text.Name,
            Span = span,
            Id = error.Id,
            Message = message,
            SourceLine = fromCommandLine ? null : text.Line(span.Line),
        });
    }

    /// <summary>Adds the errors of another file.</summary>
    public void AddAll(IEnumerable<Diagnostic> diagnostics) => _diagnostics.AddRange(diagnostics);

    /// <summary>The errors: command line first, then the spec's by position, then those of other files.</summary>
    public IReadOnlyList<Diagnostic> Sorted() =>
        [.. _diagnostics.Distinct()
            .OrderBy(d => d.File is null ? 0 : d.File == Source.Name ? 1 : 2)
            .ThenBy(d => d.File, StringComparer.Ordinal)
            .ThenBy(d => d.Span.Line).ThenBy(d => d.Span.Column)
            .ThenBy(d => d.Id, StringComparer.Ordinal).ThenBy(d => d.Message, StringComparer.Ordinal)];
}
