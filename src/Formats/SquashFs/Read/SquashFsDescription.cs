using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>A table of an image.</summary>
/// <param name="Name">"inode table", "index of the id table", …</param>
/// <param name="Offset">First byte in the image.</param>
/// <param name="Length">Bytes in the image.</param>
/// <param name="Uncompressed">Bytes of its records; equal to <paramref name="Length"/> for what is never compressed.</param>
public sealed record SquashFsTable(string Name, long Offset, long Length, long Uncompressed);

/// <summary>What an image says of itself, for people and programs that want to know.</summary>
public sealed record SquashFsDescription
{
    /// <summary>The version, "4.0".</summary>
    public string Version { get; } = "4.0";

    /// <summary>"gzip", "lzma", "xz", "lz4", "zstd".</summary>
    public required string Compressor { get; init; }

    /// <summary>The compressor's options by name; empty when they are the defaults.</summary>
    public required IReadOnlyDictionary<string, string> CompressorOptions { get; init; }

    /// <summary>Uncompressed bytes of a full data block.</summary>
    public required int BlockSize { get; init; }

    /// <summary>The superblock's flags by name.</summary>
    public required IReadOnlyList<string> Flags { get; init; }

    /// <summary>When the image was made, seconds since 1970.</summary>
    public required long ModificationTime { get; init; }

    /// <summary>Number of inodes; hard links count once.</summary>
    public required long Inodes { get; init; }

    /// <summary>Inodes by kind.</summary>
    public required IReadOnlyDictionary<NodeKind, int> InodesByKind { get; init; }

    /// <summary>Number of fragments: blocks that several files share.</summary>
    public required long Fragments { get; init; }

    /// <summary>Number of different users and groups.</summary>
    public required int Ids { get; init; }

    /// <summary>Number of different sets of extended attributes.</summary>
    public required long XattrSets { get; init; }

    /// <summary>Bytes of the file system; what lies behind is padding.</summary>
    public required long BytesUsed { get; init; }

    /// <summary>Bytes of the image.</summary>
    public required long ImageLength { get; init; }

    /// <summary>Bytes of all files, hard links counted once, holes and equal files included.</summary>
    public required long ContentBytes { get; init; }

    /// <summary>Bytes of data blocks and fragments in the image.</summary>
    public required long DataBytes { get; init; }

    /// <summary>The parts of the image in their order: superblock, compressor options, data, tables with their indexes, padding.</summary>
    public required IReadOnlyList<SquashFsTable> Parts { get; init; }
}
