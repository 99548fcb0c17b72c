namespace ImageBuilder.Pipeline.Plan;

/// <summary>Kernel package and kernel command line.</summary>
/// <param name="Package">The package; null when the base brings the kernel.</param>
/// <param name="CommandLine">The command line.</param>
public sealed record KernelPlan(string? Package, string CommandLine);
