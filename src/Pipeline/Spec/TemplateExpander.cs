using System.Text.RegularExpressions;
using HandlebarsDotNet;
using HandlebarsDotNet.Compiler;

namespace ImageBuilder.Pipeline.Spec;

/// <summary>Expands Handlebars templates: the spec's variables, no HTML escaping, and a missing variable is an error.</summary>
internal sealed partial class TemplateExpander(Variables variables, DiagnosticBag diagnostics)
{
    private readonly Lazy<IHandlebars> _handlebars = new(() => Handlebars.Create(new HandlebarsConfiguration { NoEscape = true, ThrowOnUnresolvedBindingExpression = true }));

    /// <summary>The expanded text; null when the template is wrong, which has been reported then.</summary>
    public string? Expand(SourceText template)
    {
        variables.Used.UnionWith(Expression().Matches(template.Text).SelectMany(expression => Word().Matches(expression.Value)).Select(word => word.Value));
        var data = variables.Names.Where(name => variables.Value(name) is not null).ToDictionary(name => name, name => (object)variables.Value(name)!);
        var missing = new HashSet<string>();
        while (true)
        {
            try
            {
                var text = _handlebars.Value.Compile(template.Text)(data);
                return missing.Count == 0 ? text : null;
            }
            catch (HandlebarsUndefinedBindingException e) when (e.MissingKey is { } key && missing.Add(key))
            {
                // Every missing variable gets its message: go on as if this one existed.
                if (!variables.Names.Contains(key))
                    variables.ReportUnknown(key, Locate(template, key), template);
                data[key] = "";
            }
            catch (Exception e) when (e is HandlebarsException or FormatException or InvalidOperationException or ArgumentException or IndexOutOfRangeException or NullReferenceException)
            {
                var place = e is HandlebarsParserException ? Place(e.Message, template) : null;
                diagnostics.Add(SpecErrors.Template, place ?? SourceSpan.Start, $"not a valid Handlebars template: {Diagnostic.Clean(e.Message.Split('\n')[0].Trim().TrimEnd('.', ':'))}", template);
                return null;
            }
        }
    }

    private static SourceSpan Locate(SourceText template, string key)
    {
        var match = Regex.Match(template.Text, @"\{\{[^}]*?(?<![\w-])(?<key>" + Regex.Escape(key) + @")(?![\w-])");
        return match.Success ? template.SpanAt(match.Groups["key"].Index, key.Length) : SourceSpan.Start;
    }

    /// <summary>The place that a parser's message ends with, "Occured at: 0:4" (line from 0, column).</summary>
    private static SourceSpan? Place(string message, SourceText template)
    {
        var match = OccurredAt().Match(message);
        if (!match.Success || !int.TryParse(match.Groups["line"].Value, out var line) || template.Line(line + 1) is not { } text)
            return null;
        return new SourceSpan(line + 1, Math.Clamp(int.TryParse(match.Groups["column"].Value, out var column) ? column : 1, 1, Math.Max(1, text.Length)), 1);
    }

    [GeneratedRegex(@"\{\{[^}]*\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Expression();

    [GeneratedRegex(SpecChecker.VariableName, RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex(@"Occur+ed at: (?<line>[0-9]+):(?<column>[0-9]+)", RegexOptions.CultureInvariant)]
    private static partial Regex OccurredAt();
}
