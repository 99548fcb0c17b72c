using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace ImageBuilder.Qemu.Scenarios;

/// <summary>Results as the JUnit XML that CI systems read: a suite per scenario, a case per step; steps not reached are skipped.</summary>
public static class JUnitReport
{
    /// <summary>Writes the file, whole or not at all.</summary>
    public static void Write(string path, IReadOnlyCollection<ScenarioResult> results)
    {
        var partial = path + ".partial";
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        using (var writer = XmlWriter.Create(partial, new XmlWriterSettings { Indent = true, NewLineChars = "\n" }))
            Document(results).Save(writer);
        File.Move(partial, path, overwrite: true);
    }

    /// <summary>The document.</summary>
    internal static XDocument Document(IReadOnlyCollection<ScenarioResult> results)
    {
        var suites = results.Select(Suite).ToArray();
        return new XDocument(new XElement("testsuites",
            new XAttribute("tests", Sum(suites, "tests")), new XAttribute("failures", Sum(suites, "failures")),
            new XAttribute("errors", 0), new XAttribute("time", Seconds(results.Aggregate(TimeSpan.Zero, (sum, result) => sum + result.Duration))), suites));
    }

    private static XElement Suite(ScenarioResult result)
    {
        var cases = result.Scenario.Steps.Select((step, index) => Case(result, step, index)).ToList();
        // What failed before the first step, such as building the image, is a case of its own.
        if (result.Failure is { } failure && result.Steps.All(step => step.Failure is null))
            cases.Insert(0, new XElement("testcase", new XAttribute("classname", Clean(result.Scenario.Name)), new XAttribute("name", "image"), Failure(failure)));
        return new XElement("testsuite",
            new XAttribute("name", Clean(result.Scenario.Name)), new XAttribute("tests", cases.Count),
            new XAttribute("failures", cases.Count(item => item.Element("failure") is not null)), new XAttribute("errors", 0),
            new XAttribute("skipped", cases.Count(item => item.Element("skipped") is not null)),
            new XAttribute("time", Seconds(result.Duration)), cases, new XElement("system-out", Clean(result.Console)));
    }

    private static XElement Case(ScenarioResult result, ScenarioStep step, int index)
    {
        var done = index < result.Steps.Count ? result.Steps[index] : null;
        return new XElement("testcase",
            new XAttribute("classname", Clean(result.Scenario.Name)),
            new XAttribute("name", Clean($"{index + 1}. {step.Title}")),
            new XAttribute("time", Seconds(done?.Duration ?? TimeSpan.Zero)),
            done is null ? new XElement("skipped") : null,
            done?.Failure is { } failure ? Failure(failure) : null);
    }

    private static XElement Failure(StepFailure failure) =>
        new("failure", new XAttribute("type", failure.Id), new XAttribute("message", Clean(failure.Message)), Clean(string.Join('\n', failure.ConsoleTail)));

    private static int Sum(XElement[] suites, string name) => suites.Sum(suite => (int)suite.Attribute(name)!);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);

    // XML 1.0 has no way to write most control characters.
    private static string Clean(string text) => string.Concat(text.Where(c => XmlConvert.IsXmlChar(c) || char.IsSurrogate(c)));
}
