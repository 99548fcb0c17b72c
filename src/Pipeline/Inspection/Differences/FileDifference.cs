using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Differences;

/// <summary>A path that is not the same in two trees.</summary>
/// <param name="Path">The path, for people: stray bytes and control characters as \xNN.</param>
/// <param name="Change">What became of it.</param>
/// <param name="Before">The node in the first tree; null when added.</param>
/// <param name="After">The node in the second tree; null when removed.</param>
/// <param name="Aspects">What differs; empty for what was added or removed.</param>
public sealed record FileDifference(string Path, FileChange Change, Node? Before, Node? After, IReadOnlyList<Aspect> Aspects)
{
    /// <summary>Bytes in the first tree; 0 for everything but regular files.</summary>
    public long SizeBefore => Before is { Kind: NodeKind.File } file ? file.Content.Length : 0;

    /// <summary>Bytes in the second tree; 0 for everything but regular files.</summary>
    public long SizeAfter => After is { Kind: NodeKind.File } file ? file.Content.Length : 0;
}
