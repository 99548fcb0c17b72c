using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ImageBuilder.Pipeline.Spec;

/// <summary>Checks nodes against the schema, replaces variables, and reports every error there is.</summary>
internal sealed class SpecChecker(Variables variables, DiagnosticBag diagnostics)
{
    private static readonly ConcurrentDictionary<string, Regex> Patterns = new();

    /// <summary>The checked value; null when it is wrong as a whole, which has been reported then.</summary>
    /// <param name="node">The node.</param>
    /// <param name="type">What it must be.</param>
    /// <param name="what">What messages call it: "'name'", "an item of 'packages'".</param>
    public SpecValue? Check(SpecNode node, SpecType type, string what)
    {
        switch (node, type.Kind)
        {
            case (BrokenNode, _):
                return null;
            case (ScalarNode { IsNull: true }, _):
                diagnostics.Add(SpecErrors.NoValue, node.Span, $"{what} has no value; give {type.Described} or leave it out");
                return null;
            case (ScalarNode scalar, SpecKind.Text or SpecKind.TextOrList or SpecKind.Integer or SpecKind.Boolean):
                return CheckScalar(scalar, type, what);
            case (ListNode list, SpecKind.List or SpecKind.TextOrList):
                return CheckList(list, type, what);
            case (MapNode map, SpecKind.Map):
                return CheckMap(map, type, what);
            case (MapNode map, SpecKind.Dictionary):
                return CheckDictionary(map, type, what);
            default:
                diagnostics.Add(SpecErrors.WrongType, node.Span, $"{what} must be {type.Described}, not {node.KindName}");
                return null;
        }
    }

    private SpecText? CheckScalar(ScalarNode scalar, SpecType type, string what)
    {
        if (variables.Expand(scalar) is not { } text)
            return null;
        var error = type.Kind switch
        {
            SpecKind.Integer => CheckInteger(text, type, what),
            SpecKind.Boolean => CheckBoolean(text, scalar, what),
            _ when scalar.IsBoolean => (SpecErrors.WrongType, $"{what} must be {type.Described}, not a boolean; quote it if you mean the text"),
            _ => CheckText(text, type, what),
        };
        if (error is not var (kind, message))
            return new SpecText(text, scalar.Span);
        diagnostics.Add(kind, scalar.Span, message);
        return null;
    }

    private static (SpecError, string)? CheckInteger(string text, SpecType type, string what)
    {
        if (!Matches(text, "-?[0-9]+"))
            return (SpecErrors.WrongType, $"{what} must be a whole number, not {Diagnostic.Quote(text)}");
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= type.Least && number <= type.Most)
            return null;
        return type == SpecSchema.Document.Key("schema")!.Type
            ? (SpecErrors.SchemaVersion, $"schema version {Diagnostic.Quote(text)} is not known; this program knows {SpecSchema.Version}")
            : (SpecErrors.OutOfRange, $"{what} is {text}; it must be from {type.Least} to {type.Most}");
    }

    private static (SpecError, string)? CheckBoolean(string text, ScalarNode scalar, string what) => text is "true" or "false"
        ? null
        : (SpecErrors.WrongType, $"{what} must be true or false, not {Diagnostic.Quote(scalar.Text)}");

    private static (SpecError, string)? CheckText(string text, SpecType type, string what)
    {
        if (type.LaterValues.Contains(text))
            return (SpecErrors.NotYet, $"not yet: {what} cannot be '{text}'; today there is {string.Join(", ", type.Values)}");
        if (type.Values.Count > 0)
        {
            return type.Values.Contains(text) ? null
                : (SpecErrors.NotAllowed, $"{what} cannot be {Diagnostic.Quote(text)}; {Suggestion.OrAll(text, [.. type.Values], "it can be:")}");
        }
        if (text.Length < type.Least)
            return (SpecErrors.OutOfRange, $"{what} is empty");
        if (text.Length > type.Most)
            return (SpecErrors.OutOfRange, $"{what} has {text.Length} characters; {type.Most} are the most");
        return type.Pattern is null || Matches(text, type.Pattern) ? null
            : (SpecErrors.Malformed, $"{what} is {Diagnostic.Quote(text)}, which is not {Article(type.Label)} ({type.Form})");
    }

    private SpecList CheckList(ListNode list, SpecType type, string what)
    {
        var items = new List<SpecValue>();
        var firsts = new Dictionary<string, SpecText>(StringComparer.Ordinal);
        foreach (var node in list.Items)
        {
            if (Check(node, type.Item!, $"an item of {what}") is not { } item)
                continue;
            if (type.Unique && item is SpecText text && !firsts.TryAdd(text.Value, text))
                diagnostics.Add(SpecErrors.DuplicateItem, item.Span, $"{what} names {Diagnostic.Quote(text.Value)} twice; the first is in line {firsts[text.Value].Span.Line}");
            else
                items.Add(item);
        }
        if (list.Items.Count < type.Least)
            diagnostics.Add(SpecErrors.OutOfRange, list.Span, $"{what} is an empty list; name at least one {type.Item!.Label}");
        if (list.Items.Count > type.Most)
            diagnostics.Add(SpecErrors.OutOfRange, list.Span, $"{what} names {list.Items.Count} {type.Item!.Label}s; {type.Most} are the most");
        return new SpecList(items, list.Span);
    }

    private SpecMap CheckMap(MapNode map, SpecType type, string what)
    {
        var values = new Dictionary<string, SpecValue>();
        var spans = new Dictionary<string, SourceSpan>();
        foreach (var (name, span, node) in map.Entries)
        {
            if (type.Key(name) is not { } key)
            {
                ReportUnknownKey(name, span, type);
                continue;
            }
            spans[name] = span;
            if (key.Later is not null)
                diagnostics.Add(SpecErrors.NotYet, span, $"not yet: '{Path(type, name)}' is not there today; {key.Later}");
            else if (Check(node, key.Type, $"'{Path(type, name)}'") is { } value)
                values[name] = value;
        }
        var place = map.Span;
        // A misspelt key has been reported; that the right one is missing would be the same error twice.
        var meant = map.Entries.Where(entry => type.Key(entry.Key) is null).Select(entry => Suggestion.For(entry.Key, type.Keys.Select(key => key.Name))).ToList();
        foreach (var key in type.Keys.Where(key => key.Required && !spans.ContainsKey(key.Name) && !meant.Contains(key.Name)))
            diagnostics.Add(SpecErrors.MissingKey, place, $"missing key '{key.Name}' in {type.Label}{Hint(key)}");
        CheckChoice(type, spans, meant, place);
        return new SpecMap(type, place, values, spans);
    }

    private void CheckChoice(SpecType type, Dictionary<string, SourceSpan> spans, List<string?> meant, SourceSpan place)
    {
        var group = type.ExactlyOne.Count > 0 ? type.ExactlyOne : type.AtMostOne;
        var given = group.Where(spans.ContainsKey).OrderBy(name => spans[name].Line).ThenBy(name => spans[name].Column).ToList();
        if (given.Count > 1)
            diagnostics.Add(SpecErrors.Exclusive, spans[given[^1]], $"'{given[0]}' and '{given[^1]}' exclude one another in {type.Label}; keep one of them");
        else if (type.ExactlyOne.Count > 0 && given.Count == 0 && !meant.Any(type.ExactlyOne.Contains!))
            diagnostics.Add(SpecErrors.MissingKey, place, $"{type.Label} needs one of the keys {string.Join(", ", group.Where(name => type.Key(name)!.Later is null).Select(name => $"'{name}'"))}");
        if (type.AtLeastOne.Count > 0 && !type.AtLeastOne.Any(name => spans.ContainsKey(name) || meant.Contains(name)))
            diagnostics.Add(SpecErrors.MissingKey, place, $"missing key {string.Join(" or ", type.AtLeastOne.Select(name => $"'{name}'"))} in {type.Label}{Hint(type.Key(type.AtLeastOne[0])!)}");
    }

    private SpecMap CheckDictionary(MapNode map, SpecType type, string what)
    {
        foreach (var (name, span, node) in map.Entries)
        {
            if (!Matches(name, VariableName))
                diagnostics.Add(SpecErrors.Malformed, span, $"{Diagnostic.Quote(name)} cannot be a variable's name (letters, digits, '_' and '-', beginning with a letter or '_')");
            else if (Variables.BuiltIn.Contains(name))
                diagnostics.Add(SpecErrors.Contradiction, span, $"the variable '{name}' is the key '{name}' of the document; set it there");
            else
                Check(node, type.Item!, $"the variable '{name}'");
        }
        return new SpecMap(type, map.Span, new Dictionary<string, SpecValue>(), map.Entries.ToDictionary(entry => entry.Key, entry => entry.KeySpan));
    }

    /// <summary>What a variable's name looks like.</summary>
    public const string VariableName = "[A-Za-z_][A-Za-z0-9_-]*";

    /// <summary>Whether a pattern matches the whole value.</summary>
    public static bool Matches(string value, string pattern) =>
        Patterns.GetOrAdd(pattern, static p => new Regex($@"\A(?:{p})\z", RegexOptions.CultureInvariant)).IsMatch(value);

    private void ReportUnknownKey(string name, SourceSpan span, SpecType type)
    {
        var known = type.Keys.Select(key => key.Name).ToList();
        var elsewhere = Suggestion.For(name, known) is null ? Homes(SpecSchema.Document, name).Where(home => home != type.Label).Distinct().ToList() : [];
        diagnostics.Add(SpecErrors.UnknownKey, span, $"unknown key {Diagnostic.Quote(name)} in {type.Label}; "
            + (elsewhere.Count > 0 ? $"it belongs in {string.Join(" or ", elsewhere)}" : Suggestion.OrAll(name, known, "the keys are:")));
    }

    /// <summary>The maps that have a key of that name.</summary>
    private static IEnumerable<string> Homes(SpecType type, string name) =>
        (type.Key(name) is null ? [] : new[] { type.Label }).Concat(type.Keys.SelectMany(key => Homes(key.Type, name))).Concat(type.Item is null ? [] : Homes(type.Item, name));

    private static string Path(SpecType type, string key) => type == SpecSchema.Document ? key : $"{type.Label}.{key}";

    private static string Hint(SpecKey key) => key.Example is null ? "" : $", such as `{key.Name}: {key.Example}`";

    private static string Article(string label) => ("aeio".Contains(label[0], StringComparison.Ordinal) ? "an " : "a ") + label;
}
