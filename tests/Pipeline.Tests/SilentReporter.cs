using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Tests;

/// <summary>Hears everything and shows nothing; keeps the warnings.</summary>
internal sealed class SilentReporter : IBuildReporter
{
    public List<string> Warnings { get; } = [];

    public IBuildStep Begin(string name) => new Step();

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
