namespace ImageBuilder.Pipeline.Plan;

/// <summary>A layer below the spec's own.</summary>
/// <param name="Path">Absolute path of a SquashFS image or a spec.</param>
/// <param name="Spec">The plan of the spec; null for an image.</param>
public sealed record LayerPlan(string Path, BuildPlan? Spec);
