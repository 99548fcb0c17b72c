using System.Globalization;
using ImageBuilder.Linux;

namespace ImageBuilder.Init;

/// <summary>How far a long piece of work is, on one line of every console: share, megabytes, rate.</summary>
internal sealed class ProgressLine(Boot boot, string what, long total)
{
    private const long Interval = 500_000; // µs; a serial line takes 5 ms for such a line
    private readonly long start = Machine.MicrosecondsSinceBoot();
    private long shown;

    /// <summary>Bytes done so far.</summary>
    public long Done { get; private set; }

    public void Add(long bytes)
    {
        Done += bytes;
        var now = Machine.MicrosecondsSinceBoot();
        if (now - shown < Interval)
            return;
        shown = now;
        boot.Watchdog?.Feed();
        boot.Log.ShowOnly("\r" + Text(what, Done, total, now - start));
    }

    /// <summary>Ends the line.</summary>
    public void End() => boot.Log.ShowOnly("\r" + Text(what, Done, total, Machine.MicrosecondsSinceBoot() - start) + "\r\n");

    /// <summary>Ends the line where it is: the work cannot go on.</summary>
    public void Break() => boot.Log.ShowOnly("\r\n");

    internal static string Text(string what, long done, long total, long microseconds) => string.Create(CultureInfo.InvariantCulture,
        $"{what} {(total == 0 ? 100 : done * 100 / total),3}%  {done / 1e6:0} of {total / 1e6:0} MB  {done / (double)Math.Max(1, microseconds):0.0} MB/s ");
}
