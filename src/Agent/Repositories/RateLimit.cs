using System.Diagnostics;

namespace ImageBuilder.Agent.Repositories;

/// <summary>Holds a download back, so that on average it takes no more than so many bytes a second. What was not used in one second is not made up for later.</summary>
/// <param name="rate">Bytes per second, at least 1.</param>
/// <param name="wait">Waits.</param>
internal sealed class RateLimit(long rate, Action<TimeSpan, CancellationToken> wait)
{
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private double free; // seconds on the clock from which on the next byte may come

    /// <summary>Bytes to ask for at once: a tenth of a second's.</summary>
    public int PartLength { get; } = (int)Math.Clamp(rate / 10, 1, 64 << 10);

    /// <summary>Counts bytes that came, and waits until more may come.</summary>
    public void Count(int bytes, CancellationToken cancel)
    {
        var now = clock.Elapsed.TotalSeconds;
        free = Math.Max(free, now - 1) + ((double)bytes / rate);
        if (free > now)
            wait(TimeSpan.FromSeconds(free - now), cancel);
    }
}
