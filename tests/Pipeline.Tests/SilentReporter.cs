using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Tests;

/// <summary>Shows nothing; keeps the names of the steps, and the warnings.</summary>
internal sealed class SilentReporter : IBuildReporter
{
    /// <summary>The steps that began, in order.</summary>
    public List<string> Steps { get; } = [];

    public List<string> Warnings { get; } = [];

    public IBuildStep Begin(string name)
    {
        Steps.Add(name);
        return new Step();
    }

    public void Warn(string message) => Warnings.Add(message);

    private sealed class Step : IBuildStep
    {
        public void Detail(string text)
        {
        }

        public void Progress(long done, long total)
        {
        }

        public void Complete(string result = "")
        {
        }

        public void Dispose()
        {
        }
    }
}
