using ImageBuilder.Update;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>Over-the-air updates.</summary>
/// <param name="Settings">What the device has to know.</param>
/// <param name="Epoch">The security epoch of this image's stack.</param>
public sealed record UpdatePlan(UpdateSettings Settings, uint Epoch);
