using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ImageBuilder.Pipeline.Spec;

/// <summary>
/// Reads one YAML document into nodes that know their places. Refuses what a spec never needs (several documents, aliases, tags)
/// and what YAML libraries commonly let pass (duplicate keys).
/// </summary>
internal sealed class YamlReader
{
    private const int DeepestNesting = 32;

    private readonly SourceText _source;
    private readonly DiagnosticBag _diagnostics;
    private readonly Parser _parser;
    private readonly Stack<SourceSpan> _openBrackets = new();

    private YamlReader(SourceText source, DiagnosticBag diagnostics)
    {
        _source = source;
        _diagnostics = diagnostics;
        _parser = new Parser(new StringReader(source.Text));
    }

    /// <summary>The document's root, or null with at least one error reported.</summary>
    public static SpecNode? Read(SourceText source, DiagnosticBag diagnostics)
    {
        var reader = new YamlReader(source, diagnostics);
        try
        {
            return reader.ReadStream();
        }
        catch (YamlException e)
        {
            reader.ReportSyntax(Span(e.Start, e.End, source), Diagnostic.Clean(e.Message.TrimEnd('.')));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException or OverflowException or EndOfStreamException)
        {
            // The scanner answers some broken texts, most often a bracket that is never closed, with errors of its own making.
            // What has been reported by then is the cause.
            var place = reader._parser.Current?.End ?? Mark.Empty;
            if (diagnostics.IsEmpty)
                reader.ReportSyntax(Span(place, place, source), null);
        }
        return null;
    }

    private SpecNode? ReadStream()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
        {
            _diagnostics.Add(SpecErrors.Empty, SourceSpan.Start, "the file holds no YAML document; `imagebuilder init` writes one to start from");
            return null;
        }
        _parser.Consume<DocumentStart>();
        var root = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second))
        {
            _diagnostics.Add(SpecErrors.SeveralDocuments, Span(second), "a second document begins here; a spec is one document: write one file per image");
            while (!_parser.Accept<StreamEnd>(out _))
                _parser.MoveNext();
        }
        return root;
    }

    /// <summary>Reads the next node; a broken one, with an error reported, when it is one that a spec cannot hold.</summary>
    private SpecNode ReadNode(int depth)
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            _diagnostics.Add(SpecErrors.Alias, Span(alias), $"the alias '*{alias.Value}' is not supported; write the value out, or use a variable");
            return new BrokenNode(Span(alias));
        }
        if (_parser.Accept<NodeEvent>(out var node))
        {
            if (!node.Anchor.IsEmpty)
                _diagnostics.Add(SpecErrors.Alias, Span(node) with { Length = 1 }, $"the anchor '&{node.Anchor.Value}' is not supported; write the value out where it is needed, or use a variable");
            if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific)
                _diagnostics.Add(SpecErrors.Alias, Span(node) with { Length = 1 }, $"the tag {Diagnostic.Quote(node.Tag.Value)} is not supported; write the plain value");
        }
        if (depth > DeepestNesting)
        {
            var place = Span(_parser.Current!) with { Length = 1 };
            _diagnostics.Add(SpecErrors.TooDeep, place, $"maps and lists are nested more than {DeepestNesting} deep");
            // Reading on would take the scanner time that grows with the square of the depth.
            throw new InvalidOperationException("nested too deep");
        }
        if (_parser.TryConsume<Scalar>(out var scalar))
            return new ScalarNode(scalar.Value, scalar.Style == ScalarStyle.Plain, Span(scalar), (int)scalar.Start.Index, (int)scalar.End.Index);
        if (_parser.TryConsume<SequenceStart>(out var sequence))
            return ReadList(sequence, depth);
        return ReadMap(_parser.Consume<MappingStart>(), depth);
    }

    private ListNode ReadList(SequenceStart start, int depth)
    {
        var items = new List<SpecNode>();
        var flow = start.Style == SequenceStyle.Flow;
        if (flow)
            _openBrackets.Push(Span(start) with { Length = 1 });
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(ReadNode(depth + 1));
        if (flow)
            _openBrackets.Pop();
        return new ListNode(items, Span(start) with { Length = 1 });
    }

    private SpecNode ReadMap(MappingStart start, int depth)
    {
        var entries = new List<MapEntry>();
        var first = new Dictionary<string, int>();
        var flow = start.Style == MappingStyle.Flow;
        if (flow)
            _openBrackets.Push(Span(start) with { Length = 1 });
        var bare = flow && _source.Text.AsSpan((int)Math.Min(start.Start.Index, _source.Text.Length)).StartsWith("{{");
        if (bare)
            _diagnostics.Add(SpecErrors.BareVariable, Span(start) with { Length = 2 }, "a value that begins with '{{' must be quoted: \"{{…}}\"");
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (_parser.Accept<Scalar>(out var key))
            {
                _parser.MoveNext();
                var value = ReadNode(depth + 1);
                if (bare)
                    continue;
                if (!first.TryAdd(key.Value, (int)key.Start.Line))
                    _diagnostics.Add(SpecErrors.DuplicateKey, Span(key), $"the key {Diagnostic.Quote(key.Value)} is given twice; the first is in line {first[key.Value]}");
                else
                    entries.Add(new MapEntry(key.Value, Span(key), value));
                continue;
            }
            var notText = _parser.Current;
            if (notText is not (NodeEvent or AnchorAlias))
                throw new EndOfStreamException(); // the parser lost count: an alias glued to a map does that
            if (!bare)
                _diagnostics.Add(notText is AnchorAlias ? SpecErrors.Alias : SpecErrors.WrongType, Span(notText) with { Length = 1 }, "a key must be plain text");
            Skip();
            Skip();
        }
        if (flow)
            _openBrackets.Pop();
        return bare ? new BrokenNode(Span(start)) : new MapNode(entries, Span(start) with { Length = 1 });
    }

    /// <summary>Passes over one node, however deep, without recursion.</summary>
    private void Skip()
    {
        var depth = 0;
        do
        {
            depth += (_parser.Current ?? throw new EndOfStreamException()).NestingIncrease;
            _parser.MoveNext();
        }
        while (depth > 0);
    }

    private SourceSpan Span(ParsingEvent e) => Span(e.Start, e.End, _source);

    private static SourceSpan Span(Mark start, Mark end, SourceText source)
    {
        var line = (int)Math.Max(1, start.Line);
        var column = (int)Math.Max(1, start.Column);
        var width = (source.Line(line)?.TrimEnd().Length ?? 0) - column + 1;
        var length = end.Line == start.Line ? (int)(end.Column - start.Column) : width;
        return new SourceSpan(line, column, Math.Clamp(length, 1, Math.Max(1, width)));
    }

    /// <summary>Reports what broke the YAML; without a message, the scanner had none.</summary>
    private void ReportSyntax(SourceSpan place, string? message)
    {
        if (TabFrom(place.Line, message is null || message.Contains("tab", StringComparison.Ordinal) ? int.MaxValue : place.Line + 1, _source) is { } tab)
            _diagnostics.Add(SpecErrors.Tab, tab, "a tab in the indentation; YAML allows only spaces there");
        else if (_openBrackets.TryPeek(out var bracket) && (message is null || place.Line > bracket.Line))
            _diagnostics.Add(SpecErrors.Syntax, bracket, "not valid YAML: this bracket is not closed");
        else
            _diagnostics.Add(SpecErrors.Syntax, place, $"not valid YAML: {message ?? "the text makes no sense from here on"} (keys of one map begin in the same column; a text with ': ' or ' #' in it must be quoted)");
    }

    /// <summary>The first tab in the indentation of the given lines, or null.</summary>
    private static SourceSpan? TabFrom(int first, int last, SourceText source)
    {
        for (var number = first; number <= last && source.Line(number) is { } text; number++)
        {
            var tab = text.IndexOf('\t', StringComparison.Ordinal);
            if (tab >= 0 && string.IsNullOrWhiteSpace(text[..tab]))
                return new SourceSpan(number, tab + 1, 1);
        }
        return null;
    }
}
