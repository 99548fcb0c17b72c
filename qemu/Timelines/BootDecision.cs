namespace ImageBuilder.Qemu.Timelines;

/// <summary>Something Init chose, and why.</summary>
public sealed record BootDecision(string What, string Choice, string Reason);
