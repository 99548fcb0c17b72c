using ImageBuilder.Update;

namespace ImageBuilder.Agent.Updates;

/// <summary>When the daemon looks again: a part of every wait is left to chance, so that a fleet does not come as one, and failures make it longer.</summary>
/// <param name="settings">What the image asks for.</param>
/// <param name="chance">From 0 to 1.</param>
internal sealed class DaemonSchedule(UpdateSettings settings, Func<double> chance)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1), FirstAtMost = TimeSpan.FromMinutes(5);
    private readonly TimeSpan interval = TimeSpan.FromSeconds(Math.Max(settings.Interval, 60));
    private int failures;

    /// <summary>After a start: soon, but not at once, and not when all others do.</summary>
    public TimeSpan First() => Part(interval < FirstAtMost ? interval : FirstAtMost, 0);

    /// <summary>After a look that went well.</summary>
    public TimeSpan Next()
    {
        failures = 0;
        return Part(interval, 0.8);
    }

    /// <summary>After one that failed: a minute, then twice as long each time, and never longer than the interval.</summary>
    public TimeSpan AfterFailure()
    {
        var wait = TimeSpan.FromSeconds(Math.Min(interval.TotalSeconds, Shortest.TotalSeconds * Math.Pow(2, Math.Min(failures++, 30))));
        return Part(wait, 0.5);
    }

    /// <summary>Until the window opens, and a part of a quarter of an hour more.</summary>
    public TimeSpan UntilOpen(TimeSpan wait) => wait + Part(TimeSpan.FromMinutes(15), 0);

    private TimeSpan Part(TimeSpan whole, double least) => whole * (least + ((1 - least) * chance()));
}
