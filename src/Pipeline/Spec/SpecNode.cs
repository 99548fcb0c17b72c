namespace ImageBuilder.Pipeline.Spec;

/// <summary>A YAML node as it was written, with its place.</summary>
internal abstract record SpecNode(SourceSpan Span)
{
    /// <summary>What messages call a node of this kind.</summary>
    public abstract string KindName { get; }
}

/// <summary>A scalar. <paramref name="Plain"/> ones may stand for numbers, booleans and null (YAML 1.2 core schema, §10.3.2).</summary>
/// <param name="Text">The text, unquoted and unfolded.</param>
/// <param name="Plain">Not quoted, not a block.</param>
/// <param name="Span">Its place.</param>
/// <param name="Start">Index of its first character in the spec's text; -1 when it does not come from there.</param>
/// <param name="End">Index after its last character.</param>
internal sealed record ScalarNode(string Text, bool Plain, SourceSpan Span, int Start, int End) : SpecNode(Span)
{
    public bool IsNull => Plain && Text is "" or "~" or "null" or "Null" or "NULL";

    public bool IsBoolean => Plain && Text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE";

    public override string KindName => IsNull ? "nothing" : IsBoolean ? "a boolean" : "text";
}

/// <summary>A node whose error has been reported already.</summary>
internal sealed record BrokenNode(SourceSpan Span) : SpecNode(Span)
{
    public override string KindName => "a broken value";
}

/// <summary>A sequence.</summary>
internal sealed record ListNode(IReadOnlyList<SpecNode> Items, SourceSpan Span) : SpecNode(Span)
{
    public override string KindName => "a list";
}

/// <summary>A mapping, in the order of the file; keys are unique.</summary>
internal sealed record MapNode(IReadOnlyList<MapEntry> Entries, SourceSpan Span) : SpecNode(Span)
{
    public override string KindName => "a map";

    /// <summary>The value of a key, or null.</summary>
    public SpecNode? this[string key] => Entries.FirstOrDefault(entry => entry.Key == key)?.Value;

    /// <summary>This map with a key's value replaced, or added when it was not there.</summary>
    public MapNode With(string key, SpecNode value) => Entries.Any(entry => entry.Key == key)
        ? this with { Entries = [.. Entries.Select(entry => entry.Key == key ? entry with { Value = value } : entry)] }
        : this with { Entries = [.. Entries, new MapEntry(key, SourceSpan.CommandLine, value)] };
}

/// <summary>A key with its value.</summary>
internal sealed record MapEntry(string Key, SourceSpan KeySpan, SpecNode Value);
