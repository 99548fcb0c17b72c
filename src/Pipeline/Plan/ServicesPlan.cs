namespace ImageBuilder.Pipeline.Plan;

/// <summary>systemd units to enable and to disable.</summary>
public sealed record ServicesPlan(IReadOnlyList<string> Enable, IReadOnlyList<string> Disable);
