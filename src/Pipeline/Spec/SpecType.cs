namespace ImageBuilder.Pipeline.Spec;

/// <summary>What a key's value may be. From this description come the checks, the JSON Schema and the reference table.</summary>
public sealed record SpecType
{
    /// <summary>The kind of value.</summary>
    public required SpecKind Kind { get; init; }

    /// <summary>What messages call it: "document", "user", "host name".</summary>
    public required string Label { get; init; }

    /// <summary>Text: a regular expression (the common part of ECMA 262 and .NET) for the whole value.</summary>
    public string? Pattern { get; init; }

    /// <summary>Text: the pattern in words.</summary>
    public string? Form { get; init; }

    /// <summary>Text: the only values allowed, when there are any.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>Text: values of later work, refused as such.</summary>
    public IReadOnlyList<string> LaterValues { get; init; } = [];

    /// <summary>Integer: smallest and largest value. Text: fewest and most characters. List: fewest and most items.</summary>
    public long Least { get; init; }

    /// <inheritdoc cref="Least"/>
    public long Most { get; init; } = long.MaxValue;

    /// <summary>List, dictionary, text or list: the type of the items.</summary>
    public SpecType? Item { get; init; }

    /// <summary>List: no item may occur twice.</summary>
    public bool Unique { get; init; }

    /// <summary>Map: its keys.</summary>
    public IReadOnlyList<SpecKey> Keys { get; init; } = [];

    /// <summary>Map: exactly one of these keys must be given; none when empty.</summary>
    public IReadOnlyList<string> ExactlyOne { get; init; } = [];

    /// <summary>Map: one of these keys or several must be given; nothing is asked when empty.</summary>
    public IReadOnlyList<string> AtLeastOne { get; init; } = [];

    /// <summary>Map: at most one of these keys may be given.</summary>
    public IReadOnlyList<string> AtMostOne { get; init; } = [];

    /// <summary>The kind with its article, for messages: "a list of users".</summary>
    public string Described => Kind switch
    {
        SpecKind.Text => "text",
        SpecKind.Integer => "a whole number",
        SpecKind.Boolean => "true or false",
        SpecKind.List => "a list",
        SpecKind.TextOrList => $"text or a list of {Item!.Label}s",
        _ => "a map",
    };

    /// <summary>The map's key of that name, or null.</summary>
    public SpecKey? Key(string name) => Keys.FirstOrDefault(key => key.Name == name);
}
