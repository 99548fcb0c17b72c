namespace ImageBuilder.Pipeline.Inspection.Differences;

/// <summary>What became of a path.</summary>
public enum FileChange
{
    /// <summary>It is in the second tree only.</summary>
    Added,

    /// <summary>It is in the first tree only.</summary>
    Removed,

    /// <summary>It is in both, and not the same.</summary>
    Changed,
}
