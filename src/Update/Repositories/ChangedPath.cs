namespace ImageBuilder.Update.Repositories;

/// <summary>A place at which two stacks differ.</summary>
/// <param name="Path">Absolute; names as <see cref="Formats.Trees.EntryName"/> writes them.</param>
/// <param name="Now">What the newer stack has there.</param>
public readonly record struct ChangedPath(string Path, PathContent Now);

/// <summary>What there is at a path.</summary>
public enum PathContent
{
    /// <summary>A file of any kind but a folder.</summary>
    File,

    Folder,

    /// <summary>Nothing any more.</summary>
    Gone,
}
