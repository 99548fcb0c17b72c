using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ImageBuilder.Qemu.Scenarios;

/// <summary>Typed access to YAML nodes that collects what is wrong, with its place.</summary>
internal sealed class NodeReader(string path, string text)
{
    private readonly string[] _lines = text.Split('\n');

    /// <summary>A key's own node and its value.</summary>
    internal sealed record Entry(YamlNode Key, YamlNode Value);

    public string Path { get; } = path;

    public List<ScenarioDiagnostic> Diagnostics { get; } = [];

    public void Report(YamlNode? node, string id, string message) => Report(node?.Start ?? new Mark(0, 1, 1), id, message);

    public void Report(Mark mark, string id, string message)
    {
        var (line, column) = ((int)mark.Line, (int)Math.Max(1, mark.Column));
        var source = line >= 1 && line <= _lines.Length ? _lines[line - 1].TrimEnd('\r') : null;
        Diagnostics.Add(new ScenarioDiagnostic(Path, line, column, id, message, source));
    }

    /// <summary>A mapping's entries by key; null, with a diagnostic, for anything else.</summary>
    public Dictionary<string, Entry>? Mapping(YamlNode node, string what)
    {
        if (node is not YamlMappingNode mapping)
        {
            Report(node, "IB6204", $"{what} must be keys and values, not {Kind(node)}");
            return null;
        }
        var entries = new Dictionary<string, Entry>();
        foreach (var (key, value) in mapping.Children)
        {
            if (key is YamlScalarNode { Value: { } name })
                entries.Add(name, new Entry(key, value));
            else
                Report(key, "IB6204", $"a key of {what} must be a word");
        }
        return entries;
    }

    public void RejectUnknown(Dictionary<string, Entry> entries, string what, string[] known)
    {
        foreach (var (name, entry) in entries)
        {
            if (!known.Contains(name))
                Report(entry.Key, "IB6203", $"unknown key '{name}' in {what}{Suggestion(name, known)}");
        }
    }

    /// <summary>A scalar's text; null, with a diagnostic, for anything else or nothing.</summary>
    public string? Text(YamlNode node, string what)
    {
        if (node is YamlScalarNode { Value: { Length: > 0 } value })
            return value;
        Report(node, "IB6204", $"'{what}' must be text, not {Kind(node)}");
        return null;
    }

    /// <summary>A value by a parser; null, with a diagnostic that says what was expected, when it refuses.</summary>
    public T? Value<T>(YamlNode node, string what, string expected, TryParse<T> parse) where T : struct
    {
        if (node is YamlScalarNode { Value: { } text } && parse(text, out var value))
            return value;
        Report(node, "IB6204", $"'{what}' must be {expected}, not {(node is YamlScalarNode { Value: { Length: > 0 } found } ? $"'{found}'" : Kind(node))}");
        return null;
    }

    public delegate bool TryParse<T>(string text, out T value);

    /// <summary>"; did you mean 'x'?" when a known word is near, else the known words.</summary>
    public static string Suggestion(string word, string[] known) => "; " + ImageBuilder.Suggestion.OrAll(word, known, "known:");

    private static string Kind(YamlNode node) => node switch
    {
        YamlMappingNode => "keys and values",
        YamlSequenceNode => "a list",
        YamlScalarNode { Value: { Length: > 0 } value } => $"'{value}'",
        _ => "nothing",
    };
}
