using System.Text;
using ImageBuilder.Agent.Progress;

namespace ImageBuilder.Agent.Tests;

/// <summary>How far a long work is, for people and for programs.</summary>
public class ProgressTests
{
    private readonly StringBuilder written = new();
    private readonly Clock clock = new();

    [Fact]
    public void A_terminal_has_one_line_that_is_written_over()
    {
        Download(new TextProgress(text => written.Append(text), isTerminal: true, clock));
        var text = written.ToString();
        Assert.StartsWith("\r\x1b[Kdownloading\r\x1b[Kdownloading: 2 % of 1 MB, 100 kB/s\r", text);
        Assert.Contains("\r\x1b[Kdownloading: 20 % of 1 MB, 100 kB/s\nimageagent: again\n\r", text);
        Assert.EndsWith("\r\x1b[Kdownloading: 100 % of 1 MB, 100 kB/s\n", text);
        Assert.Equal(1 + 50, text.Count(letter => letter == '\r'));
    }

    [Fact]
    public void A_log_has_a_line_every_ten_seconds()
    {
        Download(new TextProgress(text => written.Append(text), isTerminal: false, clock));
        Assert.Equal("imageagent: downloading\nimageagent: again\nimageagent: downloading: 100 % of 1 MB, 100 kB/s\n", written.ToString());
    }

    [Fact]
    public void A_program_gets_one_object_a_line()
    {
        Download(new JsonProgress(text => written.Append(text), clock));
        var lines = written.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("""{"type":"step","step":"download","text":"downloading"}""", lines[0]);
        Assert.Equal("""{"type":"progress","step":"download","done":0,"total":1000000}""", lines[1]);
        Assert.Contains("""{"type":"note","text":"again"}""", lines);
        Assert.Equal("""{"type":"progress","step":"download","done":1000000,"total":1000000}""", lines[^1]);
        Assert.Equal(1 + 21 + 1, lines.Length);
    }

    /// <summary>1 MB in ten seconds, a thousandth at a time, with a note after two.</summary>
    private void Download(IProgress progress)
    {
        progress.Begin("download", "downloading");
        for (var done = 0; done <= 1_000_000; done += 1000, clock.Now += TimeSpan.FromMilliseconds(10))
        {
            progress.Advance(done, 1_000_000);
            if (done == 200_000)
                progress.Note("again");
        }
        progress.End();
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
