namespace ImageBuilder.Pipeline.Plan;

/// <summary>A folder that can be written to even where the root cannot.</summary>
/// <param name="Path">Absolute path in the image.</param>
/// <param name="Size">The most that it may hold, bytes.</param>
public sealed record WritableArea(string Path, long Size);
