namespace ImageBuilder.Pipeline.Plan;

/// <summary>Kernel package and kernel command line.</summary>
public sealed record KernelPlan(string Package, string CommandLine);
