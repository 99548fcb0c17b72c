using ImageBuilder.Qemu.Timelines;

namespace ImageBuilder.Qemu.Scenarios;

/// <summary>Is told of everything as it happens; rendering is its business alone.</summary>
public interface IScenarioOutput
{
    /// <summary>A scenario begins.</summary>
    void ScenarioStarted(Scenario scenario);

    /// <summary>Something worth a line, such as the accelerator that was chosen.</summary>
    void Note(string text);

    /// <summary>A step begins.</summary>
    void StepStarted(ScenarioStep step);

    /// <summary>A step ended, well or not.</summary>
    void StepFinished(StepResult result);

    /// <summary>Init's report of a boot.</summary>
    void Timeline(BootTimeline timeline);

    /// <summary>A scenario ended, well or not.</summary>
    void ScenarioFinished(ScenarioResult result);
}
