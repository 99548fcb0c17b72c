namespace ImageBuilder.Pipeline.Spec;

/// <summary>
/// A checked map: only keys of the schema, only values of the right type; what was wrong has been reported and is missing. It
/// remembers which keys were asked for, so that no accepted key can be forgotten (see <see cref="Unread"/>).
/// </summary>
internal sealed record SpecMap(SpecType Type, SourceSpan Span, IReadOnlyDictionary<string, SpecValue> Values, IReadOnlyDictionary<string, SourceSpan> KeySpans) : SpecValue(Span)
{
    private readonly HashSet<string> _read = [];

    /// <summary>A map in which nothing is given.</summary>
    public static SpecMap Empty(SpecType type) => new(type, SourceSpan.Start, new Dictionary<string, SpecValue>(), new Dictionary<string, SourceSpan>());

    /// <summary>The value of a scalar key, or null.</summary>
    public SpecText? Text(string key) => Get(key) as SpecText;

    /// <summary>The value of a scalar key, or its default.</summary>
    public string Text(string key, string byDefault) => Text(key)?.Value ?? byDefault;

    /// <summary>The value of a boolean key; false when not given.</summary>
    public bool Switch(string key, bool byDefault = false) => Text(key) is { } text ? text.Value == "true" : byDefault;

    /// <summary>The scalars of a list key; none when not given.</summary>
    public IReadOnlyList<SpecText> Texts(string key) => Get(key) is SpecList list ? [.. list.Items.OfType<SpecText>()] : [];

    /// <summary>The strings of a list key, or the default.</summary>
    public IReadOnlyList<string> Strings(string key, params IReadOnlyList<string> byDefault) => Get(key) is SpecList ? [.. Texts(key).Select(text => text.Value)] : byDefault;

    /// <summary>The maps of a list key; none when not given.</summary>
    public IReadOnlyList<SpecMap> Maps(string key) => Get(key) is SpecList list ? [.. list.Items.OfType<SpecMap>()] : [];

    /// <summary>The value of a map key; an empty map when not given.</summary>
    public SpecMap Map(string key) => Get(key) as SpecMap ?? Empty(Type.Key(key)!.Type);

    /// <summary>True when the key is given.</summary>
    public bool Has(string key) => KeySpans.ContainsKey(key);

    /// <summary>The place of a key.</summary>
    public SourceSpan KeySpan(string key) => KeySpans.GetValueOrDefault(key, Span);

    /// <summary>Keys, here and below, that are given and that nobody asked for.</summary>
    public IEnumerable<string> Unread() => Values.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair =>
        !_read.Contains(pair.Key) ? [$"{Type.Label}.{pair.Key}"] : Below(pair.Value));

    private static IEnumerable<string> Below(SpecValue value) => value switch
    {
        SpecMap map => map.Unread(),
        SpecList list => list.Items.SelectMany(Below),
        _ => [],
    };

    private SpecValue? Get(string key)
    {
        if (Type.Key(key) is null)
            throw new InvalidOperationException($"the schema of '{Type.Label}' has no key '{key}'");
        _read.Add(key);
        return Values.GetValueOrDefault(key);
    }
}
