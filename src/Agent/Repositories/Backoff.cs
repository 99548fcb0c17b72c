namespace ImageBuilder.Agent.Repositories;

/// <summary>When a failed request is repeated: after a time that doubles, and of which a part is left to chance, so that a fleet does not come back as one.</summary>
internal sealed record Backoff
{
    /// <summary>Requests in a row that may fail; one that brought the download on begins a new row.</summary>
    public int Attempts { get; init; } = 8;

    /// <summary>The longest wait after the first failure.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that comes of doubling.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What a server may ask for at most (Retry-After).</summary>
    public TimeSpan LongestAsked { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>From 0 to 1.</summary>
    public Func<double> Chance { get; init; } = Random.Shared.NextDouble;

    /// <summary>Waits; throws <see cref="OperationCanceledException"/> when it is cancelled.</summary>
    public Action<TimeSpan, CancellationToken> Wait { get; init; } = (time, cancel) =>
    {
        cancel.WaitHandle.WaitOne(time);
        cancel.ThrowIfCancellationRequested();
    };

    /// <summary>How long to wait after so many failures in a row: from half of the doubled time to all of it, and never less than the server asked for.</summary>
    public TimeSpan After(int failures, TimeSpan? asked)
    {
        var most = Math.Min(Longest.TotalSeconds, First.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 30)));
        var wait = TimeSpan.FromSeconds(most * (0.5 + (Chance() / 2)));
        var wanted = asked is not { } time ? TimeSpan.Zero : time < LongestAsked ? time : LongestAsked;
        return wanted > wait ? wanted : wait;
    }
}
