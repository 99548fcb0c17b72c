namespace ImageBuilder.Pipeline.Spec;

/// <summary>A key of a map in the spec.</summary>
/// <param name="Name">The key.</param>
/// <param name="Type">What its value may be.</param>
/// <param name="Doc">What it is for, one or two sentences; shown by editors and in the reference.</param>
public sealed record SpecKey(string Name, SpecType Type, string Doc)
{
    /// <summary>Whether the key must be given.</summary>
    public bool Required { get; init; }

    /// <summary>What holds when the key is not given, in the spec's own notation; null when nothing does.</summary>
    public string? Default { get; init; }

    /// <summary>An example value, as in YAML flow style.</summary>
    public string? Example { get; init; }

    /// <summary>Set for keys of later work, which are refused: what to do meanwhile.</summary>
    public string? Later { get; init; }
}
