using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ImageBuilder.Qemu.Scenarios;

/// <summary>Reads scenario files (DESIGN §3.1).</summary>
public sealed class ScenarioFile
{
    private ScenarioFile(Scenario? scenario, IReadOnlyList<ScenarioDiagnostic> diagnostics) => (Scenario, Diagnostics) = (scenario, diagnostics);

    /// <summary>The scenario; null when there are diagnostics.</summary>
    public Scenario? Scenario { get; }

    /// <summary>All that is wrong, in the file's order.</summary>
    public IReadOnlyList<ScenarioDiagnostic> Diagnostics { get; }

    /// <summary>Reads a file. A file that cannot be read is a diagnostic, too.</summary>
    public static ScenarioFile Load(string path)
    {
        try
        {
            return Parse(path, File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ScenarioFile(null, [new ScenarioDiagnostic(path, 0, 0, "IB6201", $"cannot be read: {e.Message}", null)]);
        }
    }

    /// <summary>Reads a scenario's text; the path names it in messages and is what <c>image</c> is relative to.</summary>
    public static ScenarioFile Parse(string path, string text)
    {
        var nodes = new NodeReader(path, text);
        Scenario? scenario = null;
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count == 1)
                scenario = ReadDocument(nodes, stream.Documents[0].RootNode);
            else
                nodes.Report(stream.Documents.Count == 0 ? null : stream.Documents[1].RootNode, "IB6202",
                    $"a scenario file holds one document, this one {stream.Documents.Count}");
        }
        catch (YamlException e)
        {
            nodes.Report(e.Start, "IB6202", $"not YAML: {e.Message}");
        }
        return new ScenarioFile(nodes.Diagnostics.Count == 0 ? scenario : null,
            [.. nodes.Diagnostics.OrderBy(diagnostic => diagnostic.Line).ThenBy(diagnostic => diagnostic.Column)]);
    }

    private static Scenario? ReadDocument(NodeReader nodes, YamlNode root)
    {
        if (nodes.Mapping(root, "the document") is not { } keys)
            return null;
        nodes.RejectUnknown(keys, "the document", ["name", "image", "prepare", "steps", "fault"]);
        int? number = null;
        if (keys.TryGetValue("fault", out var fault))
            number = nodes.Value<int>(fault.Value, "fault", $"a number from 1 to {Scenario.Faults}", TryFault);
        var image = keys.TryGetValue("image", out var value) ? nodes.Text(value.Value, "image") : null;
        if (value is null)
            nodes.Report(root, "IB6204", "'image' is missing: the path of a spec or of an artefact");
        var name = keys.TryGetValue("name", out var named) ? nodes.Text(named.Value, "name") : Path.GetFileNameWithoutExtension(nodes.Path);
        var prepare = keys.TryGetValue("prepare", out var script) ? nodes.Text(script.Value, "prepare") : null;
        var steps = keys.TryGetValue("steps", out var list) ? ReadSteps(nodes, list.Value) : [];
        if (list is null)
            nodes.Report(root, "IB6204", "'steps' is missing");
        if (image is null || name is null)
            return null;
        var folder = Path.GetDirectoryName(Path.GetFullPath(nodes.Path))!;
        return new Scenario(nodes.Path, name, Path.GetFullPath(image, folder), prepare, steps) { Fault = number };
    }

    private static bool TryFault(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value is >= 1 and <= Scenario.Faults;

    private static List<ScenarioStep> ReadSteps(NodeReader nodes, YamlNode node)
    {
        var steps = new List<ScenarioStep>();
        if (node is not YamlSequenceNode list)
        {
            nodes.Report(node, "IB6205", "'steps' is a list of steps");
            return steps;
        }
        // A test without steps would pass.
        if (list.Children.Count == 0)
            nodes.Report(node, "IB6205", "'steps' is empty: a scenario without steps proves nothing");
        foreach (var child in list.Children)
        {
            if (StepReader.Read(nodes, child) is { } step)
                steps.Add(step);
        }
        if (steps.Count > 0 && steps.Count == list.Children.Count && steps.Find(step => step is not (ServeStep or HostStep)) is not BootStep)
            nodes.Report(list.Children[0], "IB6205", "the first step must be 'boot': the machine is off");
        return steps;
    }
}
