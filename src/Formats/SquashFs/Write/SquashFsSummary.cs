namespace ImageBuilder.Formats.SquashFs;

/// <summary>What was written.</summary>
/// <param name="BytesUsed">Bytes of the file system itself, as its superblock says.</param>
/// <param name="ImageLength">Bytes written: <paramref name="BytesUsed"/> padded to 4096.</param>
/// <param name="Inodes">Number of inodes; hard links count once.</param>
/// <param name="Fragments">Number of fragment blocks.</param>
/// <param name="ContentBytes">Bytes of all files, hard links counted once.</param>
/// <param name="DuplicateFiles">Files that share another file's data.</param>
/// <param name="DuplicateBytes">Bytes of content that were not stored because an equal file already was.</param>
public sealed record SquashFsSummary(
    long BytesUsed, long ImageLength, int Inodes, int Fragments, long ContentBytes, int DuplicateFiles, long DuplicateBytes)
{
    /// <summary>What is as in the previous image; null without one.</summary>
    public SquashFsKept? Kept { get; init; }
}
