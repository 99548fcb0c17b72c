using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Update.Overlays;

/// <summary>One thing that an upper changes.</summary>
/// <param name="Path">Where, absolute; bytes that are no UTF-8 and control characters as \xNN.</param>
/// <param name="What">What happened to it.</param>
/// <param name="Kind">The type of file that is there now, or that was there.</param>
/// <param name="Size">Bytes of a regular file that is there now; 0 for everything else.</param>
/// <param name="From">Where a moved folder was in the layers.</param>
public sealed record UpperChange(string Path, ChangeKind What, NodeKind Kind, long Size = 0, string? From = null)
{
    /// <summary>With <see cref="ChangeKind.Metadata"/>: nothing but the time differs.</summary>
    public bool IsTimeAlone { get; init; }
}

/// <summary>What happened to a file.</summary>
public enum ChangeKind
{
    /// <summary>The layers have nothing there.</summary>
    Added,

    /// <summary>Content, target, device or type differ.</summary>
    Modified,

    /// <summary>The layers have something there that does not show any more, with all that was in it.</summary>
    Deleted,

    /// <summary>Only mode, owner, time or extended attributes differ.</summary>
    Metadata,

    /// <summary>A folder of the layers that shows under another path.</summary>
    Moved,
}
