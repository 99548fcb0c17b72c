using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>What an image is asked when the next one is to be like it.</summary>
public sealed partial class SquashFsImage
{
    /// <summary>The first byte that data may have.</summary>
    internal long DataStart => Superblock.Size + options.Length;

    /// <summary>Number of fragments.</summary>
    internal uint FragmentCount => tables.FragmentCount;

    /// <summary>Where a fragment is.</summary>
    internal (long At, DataBlockSize Size) FragmentAt(uint index) => tables.Fragment(index);

    /// <summary>As <see cref="ReadTree()"/>; also notes the number of each node's inode.</summary>
    internal Tree ReadTree(Dictionary<Node, uint> numbers) => new TreeReading(this, numbers).Read();

    /// <summary>Checks that blocks of this image can stand in an image written with the given options.</summary>
    /// <exception cref="ImageException">IB2119: they cannot.</exception>
    internal void CheckSameFormat(SquashFsOptions wanted)
    {
        var format = new BlockFormat(wanted);
        var own = new byte[options.Length];
        image.Read(Superblock.Size, own);
        const SuperblockFlags deciding = SuperblockFlags.UncompressedData | SuperblockFlags.UncompressedFragments;
        if (superblock.Compressor != format.Id || superblock.BlockSize != wanted.BlockSize || !own.AsSpan().SequenceEqual(format.Options())
            || ((superblock.Flags ^ format.Flags) & deciding) != SuperblockFlags.None)
            throw new ImageException(ImageErrorKind.Unsupported, "IB2119",
                $"the previous image is compressed with {superblock.Compressor.ToString().ToLowerInvariant()}{string.Concat(options.Values.Select(option => $", {option.Key} {option.Value}"))}, in blocks of {superblock.BlockSize} bytes; "
                + "its blocks are kept as they are, so the new one needs the same compressor, level and block size");
    }
}
