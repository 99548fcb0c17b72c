using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>What a spec came to: a plan, or the errors that stand in its way.</summary>
/// <param name="Plan">The plan; null when there are errors.</param>
/// <param name="Diagnostics">All errors, by position; empty when there is a plan.</param>
public sealed record SpecResult(BuildPlan? Plan, IReadOnlyList<Diagnostic> Diagnostics);
