using System.Globalization;
using ImageBuilder.Qemu.Timelines;

namespace ImageBuilder.Qemu.Scenarios;

/// <summary>Plain lines: for logs, pipes and CI.</summary>
public sealed class PlainScenarioOutput(TextWriter writer) : IScenarioOutput
{
    /// <inheritdoc/>
    public void ScenarioStarted(Scenario scenario) => writer.WriteLine($"{(scenario.Fault is { } fault ? $"fault {fault}: " : "")}{scenario.Name} ({scenario.Path})");

    /// <inheritdoc/>
    public void Note(string text) => writer.WriteLine($"  {text}");

    /// <inheritdoc/>
    public void StepStarted(ScenarioStep step)
    {
    }

    /// <inheritdoc/>
    public void StepFinished(StepResult result)
    {
        writer.WriteLine($"  {(result.Failure is null ? "ok  " : "FAIL")} {Seconds(result.Duration),9}  {result.Step.Title}");
        if (result.Failure is { } failure)
            WriteFailure(failure);
    }

    /// <inheritdoc/>
    public void Timeline(BootTimeline timeline)
    {
        foreach (var line in TimelineChart.Render(timeline))
            writer.WriteLine($"       {line}");
    }

    /// <inheritdoc/>
    public void ScenarioFinished(ScenarioResult result)
    {
        if (result.Failure is { } failure && result.Steps.All(step => step.Failure is null))
            WriteFailure(failure);
        writer.WriteLine($"{(result.Passed ? "passed" : "FAILED")}: {result.Scenario.Name}, {Seconds(result.Duration)}");
    }

    /// <summary>The line that sums up a run.</summary>
    public static string Summary(IReadOnlyCollection<ScenarioResult> results) =>
        $"{results.Count(result => result.Passed)} passed, {results.Count(result => !result.Passed)} failed";

    private void WriteFailure(StepFailure failure)
    {
        writer.WriteLine($"       error {failure.Id}: {failure.Message}");
        if (failure.ConsoleTail.Count == 0)
            return;
        writer.WriteLine($"       the last {failure.ConsoleTail.Count} lines of the console:");
        foreach (var line in failure.ConsoleTail)
            writer.WriteLine($"       | {line}");
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";
}
