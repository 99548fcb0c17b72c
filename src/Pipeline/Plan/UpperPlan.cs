namespace ImageBuilder.Pipeline.Plan;

/// <summary>The writable layer.</summary>
/// <param name="Kind">"tmpfs", "persistent" or "none".</param>
/// <param name="Size">Of tmpfs: "50%" of memory, or bytes with a unit such as "256M". A persistent one's holds when the boot falls back to memory.</param>
public sealed record UpperPlan(string Kind, string Size)
{
    /// <summary>The most that a persistent upper may hold, bytes; null for what the data partition has.</summary>
    public long? Limit { get; init; }

    /// <summary>When the persistent upper cannot be mounted: true boots with one in memory, false stops.</summary>
    public bool MemoryOnFailure { get; init; }

    /// <summary>Earlier uppers that are kept at most.</summary>
    public int Snapshots { get; init; }

    /// <summary>Whether changes outlive a reboot.</summary>
    public bool IsPersistent => Kind == "persistent";
}
