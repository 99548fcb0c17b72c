using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>An inode as it stands in the table, checked by itself and against the sizes of the other tables.</summary>
internal readonly record struct InodeRecord
{
    /// <summary>Where it begins in the inode table's bytes.</summary>
    public required int Position { get; init; }

    /// <summary>The byte behind it.</summary>
    public int End { get; init; }

    public required NodeKind Kind { get; init; }

    /// <summary>Permission bits, and whatever else the 16 bits hold.</summary>
    public required ushort RawMode { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public required uint ModifiedTime { get; init; }

    /// <summary>1 to the number of inodes.</summary>
    public required uint Number { get; init; }

    /// <summary>1 where the inode has no field for it.</summary>
    public uint Links { get; init; }

    /// <summary>Index of the set of extended attributes, or <see cref="Inode.NoXattrs"/>.</summary>
    public uint XattrSet { get; init; }

    /// <summary>Files: bytes of content. Directories: bytes of the listing.</summary>
    public long Length { get; init; }

    /// <summary>Files: where the blocks begin in the image.</summary>
    public long BlocksStart { get; init; }

    /// <summary>Files: where the sizes of the blocks stand in the inode table's bytes.</summary>
    public int SizesPosition { get; init; }

    /// <summary>Files: number of blocks.</summary>
    public int BlockCount { get; init; }

    /// <summary>Files: the fragment with the tail, or <see cref="FileData.NoFragment"/>.</summary>
    public uint Fragment { get; init; }

    /// <summary>Files: where the tail begins in the uncompressed fragment.</summary>
    public int FragmentOffset { get; init; }

    /// <summary>Directories: the first header of the listing.</summary>
    public MetadataReference Listing { get; init; }

    /// <summary>Directories: the number of the directory above.</summary>
    public uint Parent { get; init; }

    /// <summary>Symbolic links: where the target stands in the inode table's bytes, and its length.</summary>
    public (int Position, int Length) Target { get; init; }

    /// <summary>Device files: the number as the kernel encodes it.</summary>
    public uint Device { get; init; }
}
