namespace ImageBuilder.Qemu.Scenarios;

/// <summary>How a step went.</summary>
/// <param name="Failure">What went wrong; null when the step passed.</param>
public sealed record StepResult(ScenarioStep Step, TimeSpan Duration, StepFailure? Failure);

/// <summary>Why a step failed.</summary>
/// <param name="ConsoleTail">The console's last lines.</param>
public sealed record StepFailure(string Id, string Message, IReadOnlyList<string> ConsoleTail);
