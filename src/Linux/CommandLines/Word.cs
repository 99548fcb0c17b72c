namespace ImageBuilder.Linux.CommandLines;

/// <summary>A word of a kernel command line.</summary>
/// <param name="Key">The part before the first '='.</param>
/// <param name="Value">The part after it, quotes removed; null without '='.</param>
public sealed record Word(string Key, string? Value)
{
    /// <summary>The word as it is written, quotes left out.</summary>
    public override string ToString() => Value is null ? Key : $"{Key}={Value}";
}
