namespace ImageBuilder.Pipeline.Inspection.Differences;

/// <summary>One thing that differs between two files of the same path.</summary>
/// <param name="Name">Which: one of <see cref="TreeDiff.AspectNames"/>.</param>
/// <param name="Before">How it is in the first tree, for people; empty when it is not there.</param>
/// <param name="After">How it is in the second.</param>
public sealed record Aspect(string Name, string Before, string After);
