using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>A name in a directory and the inode it stands for.</summary>
internal readonly record struct DirectoryEntry(EntryName Name, Inode Inode);
