using System.Buffers.Binary;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// An image of SquashFS 4.0 (kernel: Documentation/filesystems/squashfs.rst, fs/squashfs/squashfs_fs.h; this folder's FORMAT.md), whoever
/// wrote it. What is read is fetched, decoded, checked and only then handed out, so a hostile image ends in an
/// <see cref="ImageException"/> that names the byte. Safe to use from several threads at once.
/// </summary>
public sealed partial class SquashFsImage
{
    private readonly Content image;
    private readonly Superblock superblock;
    private readonly ImageTables tables;
    private readonly SquashFsLimits limits;
    private readonly MemoryBudget budget;
    private readonly InodeReader inodes;
    private readonly (IReadOnlyDictionary<string, string> Values, int Length) options;

    private SquashFsImage(Content image, SquashFsLimits limits)
    {
        (this.image, this.limits) = (image, limits);
        superblock = Superblock.Read(image);
        budget = new MemoryBudget(limits.MaxMemory);
        Blocks = new BlockReader(image, superblock);
        options = CompressorOptions.Read(Blocks, superblock);
        tables = new ImageTables(Blocks, superblock, budget);
        inodes = new InodeReader(tables, superblock);
        Cache = new BlockCache(Math.Max(2, limits.BlockCache / superblock.BlockSize));
    }

    /// <summary>Fetches blocks.</summary>
    internal BlockReader Blocks { get; }

    /// <summary>Blocks of which a part was read.</summary>
    internal BlockCache Cache { get; }

    /// <summary>True when an image begins as SquashFS images do, of whatever version.</summary>
    public static bool IsSquashFs(Content image) => Superblock.Begins(image);

    /// <summary>Opens an image: reads and checks its superblock and all tables; no file's content.</summary>
    /// <param name="image">The image; must stay readable as long as the result and its files are used.</param>
    /// <param name="limits">What it may cost; null for the defaults.</param>
    /// <exception cref="ImageException">
    /// IB2120: no SquashFS, or a damaged superblock. IB2121: another version, or an unknown compressor. IB2122, IB2123: a damaged table.
    /// IB2128: too much memory. IB2101: the compressor's library is not installed.
    /// </exception>
    public static SquashFsImage Open(Content image, SquashFsLimits? limits = null) => new(image, limits ?? new SquashFsLimits());

    /// <summary>The size on disk of a file's block.</summary>
    internal DataBlockSize BlockSize(in InodeRecord inode, int block) =>
        new(BinaryPrimitives.ReadUInt32LittleEndian(tables.Inodes.Bytes[(inode.SizesPosition + (block * sizeof(uint)))..]));

    /// <summary>A fragment, decompressed, and where it is.</summary>
    /// <exception cref="ImageException">IB2126: it is damaged.</exception>
    internal (long At, byte[] Bytes) ReadFragment(uint index)
    {
        var (at, size) = tables.Fragment(index);
        return (at, Cache.Get(at, () =>
        {
            var bytes = new byte[superblock.BlockSize];
            var length = Blocks.ReadData(at, size, bytes, () => $"fragment {index}");
            return length == bytes.Length ? bytes : bytes[..length];
        }));
    }
}
