using System.Text;
using System.Text.RegularExpressions;

namespace ImageBuilder.Pipeline.Spec;

/// <summary>
/// The values of <c>{{…}}</c>: the document's <c>name</c>, <c>version</c>, <c>architecture</c> and <c>hostname</c>, and what stands
/// under <c>variables</c>. A value may use other variables.
/// </summary>
internal sealed partial class Variables
{
    private const int LongestValue = 1 << 20;
    private readonly MapNode? _root;
    private readonly MapNode? _declared;
    private readonly DiagnosticBag _diagnostics;
    private readonly Dictionary<string, Func<string?>> _defaults;
    private readonly Dictionary<string, string?> _values = [];
    private readonly List<string> _open = [];

    /// <summary>Makes the variables of a document.</summary>
    /// <param name="root">The document.</param>
    /// <param name="hostArchitecture">The default of <c>architecture</c>.</param>
    /// <param name="diagnostics">Where errors go.</param>
    public Variables(MapNode? root, string hostArchitecture, DiagnosticBag diagnostics)
    {
        _root = root;
        _declared = root?["variables"] as MapNode;
        _diagnostics = diagnostics;
        _defaults = new()
        {
            ["name"] = () => null,
            ["version"] = () => SpecSchema.Document.Key("version")!.Default,
            ["architecture"] = () => hostArchitecture,
            ["hostname"] = () => Value("name"),
        };
        Names = [.. _defaults.Keys.Concat(_declared?.Entries.Select(entry => entry.Key) ?? []).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>The variables that exist every time.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } = ["architecture", "hostname", "name", "version"];

    /// <summary>All variables that have been used.</summary>
    public HashSet<string> Used { get; } = [];

    /// <summary>The names of all variables.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>A variable's value; null when it has none that can be used, which has been reported then.</summary>
    public string? Value(string name)
    {
        if (_values.TryGetValue(name, out var known))
            return known;
        _open.Add(name);
        var node = _declared?[name] ?? (_defaults.ContainsKey(name) ? _root?[name] : null);
        var value = node switch
        {
            ScalarNode { IsNull: false } scalar => Expand(scalar),
            null => _defaults.GetValueOrDefault(name)?.Invoke(),
            _ => null,
        };
        _open.Remove(name);
        return _values[name] = value;
    }

    /// <summary>A scalar's text with its variables replaced; null when one is wrong, which has been reported then.</summary>
    public string? Expand(ScalarNode scalar)
    {
        if (!scalar.Text.Contains("{{", StringComparison.Ordinal))
            return scalar.Text;
        var result = new StringBuilder();
        var failed = false;
        var last = 0;
        var occurrence = 0;
        foreach (Match match in Reference().Matches(scalar.Text))
        {
            result.Append(scalar.Text, last, match.Index - last);
            last = match.Index + match.Length;
            var span = Locate(scalar, occurrence++, match.Value.TrimStart('\\').Length);
            if (match.Value[0] == '\\')
            {
                result.Append("{{");
                last = match.Index + 3;
            }
            else if (!match.Groups["name"].Success)
            {
                failed = true;
                _diagnostics.Add(SpecErrors.VariableSyntax, span, "'{{' must be followed by a variable's name and '}}'; write \\{{ for the two characters themselves");
            }
            else if (Lookup(match.Groups["name"].Value, span) is not { } value)
                failed = true;
            else if (result.Length + value.Length > LongestValue)
            {
                // Values that name each other twice over double with every step.
                failed = true;
                _diagnostics.Add(SpecErrors.VariableSyntax, span, $"the value grows beyond {LongestValue} characters with this variable");
                break;
            }
            else
                result.Append(value);
        }
        return failed ? null : result.Append(scalar.Text, last, scalar.Text.Length - last).ToString();
    }

    /// <summary>Reports that a variable does not exist.</summary>
    public void ReportUnknown(string name, SourceSpan span, SourceText? file = null) =>
        _diagnostics.Add(SpecErrors.UnknownVariable, span,
            $"unknown variable {Diagnostic.Quote(name)}; {Suggestion.OrAll(name, Names, "there are:")}{(Suggestion.For(name, Names) is null ? $" (--set {name}=… or `variables:` adds it)" : "")}", file);

    private string? Lookup(string name, SourceSpan span)
    {
        Used.Add(name);
        if (_open.Contains(name))
        {
            _diagnostics.Add(SpecErrors.VariableCycle, span, $"variables refer to each other in a circle: {string.Join(" → ", _open.SkipWhile(open => open != name).Append(name))}");
            return null;
        }
        if (!Names.Contains(name))
        {
            ReportUnknown(name, span);
            return null;
        }
        return Value(name);
    }

    /// <summary>The place of the n-th "{{" of a scalar, found in the text it was written as.</summary>
    private SourceSpan Locate(ScalarNode scalar, int occurrence, int length)
    {
        if (scalar.Start < 0)
            return SourceSpan.CommandLine;
        var text = _diagnostics.Source.Text;
        var end = Math.Min(scalar.End, text.Length);
        var index = scalar.Start;
        for (var n = 0; ; n++, index += 2)
        {
            index = index >= end ? -1 : text.IndexOf("{{", index, end - index, StringComparison.Ordinal);
            if (index < 0)
                return scalar.Span;
            if (n == occurrence)
                return _diagnostics.Source.SpanAt(index, Math.Min(length, end - index));
        }
    }

    [GeneratedRegex(@"\\?\{\{(?:\s*(?<name>[A-Za-z_][A-Za-z0-9_-]*)\s*\}\})?", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}
