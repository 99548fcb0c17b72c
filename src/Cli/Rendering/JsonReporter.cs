using System.Diagnostics;
using System.Text.Json.Nodes;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Cli.Rendering;

/// <summary>One JSON object per line: the events of a run under way; PROGRESS.md has them all.</summary>
internal sealed class JsonReporter(TextWriter output) : IBuildReporter
{
    public IBuildStep Begin(string name)
    {
        Write(new JsonObject { ["event"] = "begin", ["step"] = name });
        return new Step(name, this);
    }

    public void Warn(string message) => Write(new JsonObject { ["event"] = "warning", ["message"] = message });

    private void Write(JsonObject line) => JsonLines.Write(output, line);

    private sealed class Step(string name, JsonReporter reporter) : IBuildStep
    {
        private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
        private readonly long start = Stopwatch.GetTimestamp();
        private long reported;
        private bool complete;

        public void Detail(string text) => reporter.Write(new JsonObject { ["event"] = "progress", ["step"] = name, ["detail"] = text });

        public void Progress(long done, long total)
        {
            if (done < total && reported != 0 && Stopwatch.GetElapsedTime(reported) < Interval)
                return;
            reported = Stopwatch.GetTimestamp();
            reporter.Write(new JsonObject { ["event"] = "progress", ["step"] = name, ["done"] = done, ["total"] = total });
        }

        public void Complete(string result = "")
        {
            complete = true;
            End(true, result);
        }

        public void Dispose()
        {
            if (!complete)
                End(false, "");
        }

        private void End(bool ok, string result) => reporter.Write(new JsonObject
        {
            ["event"] = "end",
            ["step"] = name,
            ["ok"] = ok,
            ["seconds"] = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3),
            ["result"] = result,
        });
    }
}
