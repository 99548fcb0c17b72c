using System.Diagnostics;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Cli.Rendering;

/// <summary>Plain lines: one when a step begins, one when it ends, with its time.</summary>
internal sealed class PlainReporter(TextWriter output) : IBuildReporter
{
    public IBuildStep Begin(string name)
    {
        output.WriteLine($"{name} …");
        return new Step(name, output);
    }

    public void Warn(string message) => output.WriteLine($"warning: {EntryName.PrintableLines(message)}");

    private sealed class Step(string name, TextWriter output) : IBuildStep
    {
        private readonly long start = Stopwatch.GetTimestamp();
        private bool complete;

        public void Detail(string text)
        {
        }

        public void Progress(long done, long total)
        {
        }

        public void Complete(string result = "")
        {
            complete = true;
            output.WriteLine($"{name} done in {Seconds}{(result.Length > 0 ? ": " + EntryName.PrintableLines(result) : "")}");
        }

        public void Dispose()
        {
            if (!complete)
                output.WriteLine($"{name} failed after {Seconds}");
        }

        private string Seconds => $"{Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s";
    }
}
