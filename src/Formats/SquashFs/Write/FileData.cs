using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>The content of one or more equal regular files, and where it is in the image.</summary>
internal sealed class FileData(Inode first, int blockSize, bool packTail) : IStored
{
    /// <summary>Value of <see cref="FragmentIndex"/> for a file with no part in a fragment.</summary>
    public const uint NoFragment = uint.MaxValue;

    /// <summary>The first file, in path order, that has this content.</summary>
    public Inode First { get; } = first;

    public Content Content => First.Node.Content;

    /// <summary>Bytes; more than 0.</summary>
    public long Length { get; } = first.Node.Content.Length;

    /// <summary>Bytes at the end that are stored in a fragment; 0 when there are none.</summary>
    public int TailLength { get; } =
        first.Node.Content.Length < blockSize || packTail ? (int)(first.Node.Content.Length % blockSize) : 0;

    /// <summary>
    /// Size on disk of each block, as in the inode: bit 24 set when not compressed, 0 for a block of zeros that takes no space.
    /// Filled while writing.
    /// </summary>
    public uint[] Blocks { get; } = new uint[checked((int)(
        first.Node.Content.Length < blockSize || packTail
            ? first.Node.Content.Length / blockSize
            : (first.Node.Content.Length + blockSize - 1) / blockSize))];

    /// <summary>The digests of its blocks; null when nothing needs them.</summary>
    public ContentDigests? Digests { get; init; }

    /// <summary>Where the blocks begin, in bytes from the image's start.</summary>
    public long Start { get; set; }

    /// <summary>Bytes that the blocks take on disk, once written.</summary>
    public long StoredLength => Blocks.Sum(size => (long)new DataBlockSize(size).Stored);

    /// <summary>The blocks stand in the previous image already.</summary>
    public bool IsKept { get; set; }

    /// <summary>Bytes of content in blocks that take no space.</summary>
    public long SparseBytes { get; set; }

    /// <summary>The fragment that holds the tail, or <see cref="NoFragment"/>.</summary>
    public uint FragmentIndex { get; set; } = NoFragment;

    /// <summary>Where the tail begins in the uncompressed fragment, in bytes.</summary>
    public int FragmentOffset { get; set; }
}
