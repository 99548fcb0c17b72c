namespace ImageBuilder.Pipeline.Inspection.Differences;

/// <summary>Something about how two images start; listed also when it is the same in both.</summary>
/// <param name="Name">What: "kernel", "command line".</param>
/// <param name="Before">How it is in the first image; empty when it has none.</param>
/// <param name="After">How it is in the second.</param>
public sealed record BootDifference(string Name, string Before, string After);
