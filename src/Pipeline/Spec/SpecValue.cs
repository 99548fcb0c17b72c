namespace ImageBuilder.Pipeline.Spec;

/// <summary>A value that has passed the schema's checks, with its place.</summary>
internal abstract record SpecValue(SourceSpan Span);

/// <summary>A checked scalar with its variables replaced.</summary>
internal sealed record SpecText(string Value, SourceSpan Span) : SpecValue(Span);

/// <summary>A checked list; items that were wrong are missing.</summary>
internal sealed record SpecList(IReadOnlyList<SpecValue> Items, SourceSpan Span) : SpecValue(Span);
