namespace ImageBuilder.Pipeline.Plan;

/// <summary>What is normally left out and is kept at the user's wish.</summary>
/// <param name="Apt">apt's package lists and caches.</param>
/// <param name="Kernel">The kernel image in the layer's /boot, which is on the medium anyway.</param>
public sealed record KeepPlan(bool Apt, bool Kernel);
