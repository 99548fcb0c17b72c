using ImageBuilder.Qemu.Timelines;

namespace ImageBuilder.Qemu.Scenarios;

/// <summary>Keeps what it is told for another output, so that what scenarios say that run at once does not mix.</summary>
internal sealed class BufferedScenarioOutput : IScenarioOutput
{
    private readonly List<Action<IScenarioOutput>> heard = [];

    /// <summary>Tells another output everything, in its order.</summary>
    public void PassOn(IScenarioOutput output) => heard.ForEach(tell => tell(output));

    /// <inheritdoc/>
    public void ScenarioStarted(Scenario scenario) => heard.Add(output => output.ScenarioStarted(scenario));

    /// <inheritdoc/>
    public void Note(string text) => heard.Add(output => output.Note(text));

    /// <inheritdoc/>
    public void StepStarted(ScenarioStep step) => heard.Add(output => output.StepStarted(step));

    /// <inheritdoc/>
    public void StepFinished(StepResult result) => heard.Add(output => output.StepFinished(result));

    /// <inheritdoc/>
    public void Timeline(BootTimeline timeline) => heard.Add(output => output.Timeline(timeline));

    /// <inheritdoc/>
    public void ScenarioFinished(ScenarioResult result) => heard.Add(output => output.ScenarioFinished(result));
}
