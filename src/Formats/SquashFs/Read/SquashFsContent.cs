using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// A file of an image. Reading decompresses the blocks that are needed: whole ones straight into the caller's buffer, parts through
/// a small cache that all files of the image share.
/// </summary>
internal sealed class SquashFsContent : Content
{
    private readonly SquashFsImage image;
    private readonly InodeRecord inode;
    private long[]? starts;

    public SquashFsContent(SquashFsImage image, InodeRecord inode) => (this.image, this.inode) = (image, inode);

    public override long Length => inode.Length;

    /// <summary>The file's inode.</summary>
    public InodeRecord Inode => inode;

    /// <summary>Bytes at the end that lie in a fragment; 0 without one.</summary>
    public int TailLength => inode.Fragment == FileData.NoFragment ? 0 : (int)(Length % BlockSize);

    private int BlockSize => image.Blocks.BlockSize;

    /// <summary>The size on disk of a block.</summary>
    public DataBlockSize Size(int block) => image.BlockSize(inode, block);

    /// <summary>Where a block is in the image. A sum over those before it, kept from the first call on.</summary>
    public long Start(int block)
    {
        if (starts is null)
        {
            var sums = new long[inode.BlockCount];
            var at = inode.BlocksStart;
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] = at;
                at += Size(i).Stored;
            }
            starts = sums;
        }
        return starts[block];
    }

    /// <summary>Uncompressed bytes of a block: all but the last are full.</summary>
    public int LengthOf(int block) => (int)Math.Min(BlockSize, Length - ((long)block * BlockSize));

    public override (long Start, long End) DataFrom(long offset)
    {
        var block = (int)(offset / BlockSize);
        while (block < inode.BlockCount && Size(block).IsSparse)
            block++;
        var start = Math.Min(Math.Max(offset, (long)block * BlockSize), Length);
        while (block < inode.BlockCount && !Size(block).IsSparse)
            block++;
        return (start, block < inode.BlockCount ? (long)block * BlockSize : Length);
    }

    public override void Read(long offset, Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - buffer.Length);
        while (!buffer.IsEmpty)
        {
            var block = (int)(offset / BlockSize);
            var skip = (int)(offset % BlockSize);
            var part = buffer[..Math.Min(buffer.Length, LengthOf(block) - skip)];
            if (block == inode.BlockCount)
                ReadTail(skip, part);
            else
                ReadBlock(block, skip, part);
            buffer = buffer[part.Length..];
            offset += part.Length;
        }
    }

    private void ReadTail(int skip, Span<byte> part)
    {
        var (at, fragment) = image.ReadFragment(inode.Fragment);
        if (fragment.Length < inode.FragmentOffset + TailLength)
            throw SquashFsError.Corrupt(SquashFsError.Data, at, $"fragment {inode.Fragment} has {fragment.Length} bytes; the end of a file is said to be at bytes {inode.FragmentOffset} to {inode.FragmentOffset + TailLength}");
        fragment.AsSpan(inode.FragmentOffset + skip, part.Length).CopyTo(part);
    }

    private void ReadBlock(int block, int skip, Span<byte> part)
    {
        var length = LengthOf(block);
        if (Size(block).IsSparse)
            part.Clear();
        else if (part.Length == length)
            ReadWhole(block, part);
        else
            image.Cache.Get(Start(block), () =>
            {
                var bytes = new byte[length];
                ReadWhole(block, bytes);
                return bytes;
            }).AsSpan(skip, part.Length).CopyTo(part);
    }

    /// <summary>Decompresses a whole block that takes space.</summary>
    /// <exception cref="ImageException">IB2126: it is damaged.</exception>
    public void ReadWhole(int block, Span<byte> destination)
    {
        var read = image.Blocks.ReadData(Start(block), Size(block), destination, () => $"block {block} of a file");
        if (read != destination.Length)
            throw SquashFsError.Corrupt(SquashFsError.Data, Start(block), $"block {block} of a file has {read} bytes, expected {destination.Length}");
    }
}
