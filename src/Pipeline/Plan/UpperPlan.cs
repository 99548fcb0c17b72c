namespace ImageBuilder.Pipeline.Plan;

/// <summary>The writable layer.</summary>
/// <param name="Kind">"tmpfs" or "none".</param>
/// <param name="Size">Of tmpfs: "50%" of memory, or bytes with a unit such as "256M".</param>
public sealed record UpperPlan(string Kind, string Size);
