using ImageBuilder.Qemu.Timelines;

namespace ImageBuilder.Qemu.Scenarios;

/// <summary>How a scenario went: the steps that were tried, the last of which failed or all of which passed.</summary>
/// <param name="Failure">What went wrong; null when all steps passed.</param>
public sealed record ScenarioResult(Scenario Scenario, IReadOnlyList<StepResult> Steps, TimeSpan Duration, StepFailure? Failure, IReadOnlyList<BootTimeline> Timelines, string Console)
{
    /// <summary>True when every step was tried and passed.</summary>
    public bool Passed => Failure is null;
}
