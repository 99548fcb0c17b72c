namespace ImageBuilder.Update.State;

/// <summary>What was found where the state record belongs.</summary>
/// <param name="Record">The valid copy with the highest sequence; null when both are lost, or were never written.</param>
/// <param name="Faults">For each copy what is wrong with it, in words; null for a valid one.</param>
public sealed record StateReading(StateRecord? Record, IReadOnlyList<string?> Faults);
