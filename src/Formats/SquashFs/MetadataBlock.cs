namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// The shape of metadata blocks, in which every table is cut: a 16-bit header with the length on disk, whose bit 15 says that the block
/// is not compressed, and up to 8192 bytes.
/// </summary>
internal static class MetadataBlock
{
    /// <summary>Uncompressed bytes in each block but the last.</summary>
    public const int Size = 8192;

    /// <summary>Bytes of the header.</summary>
    public const int HeaderSize = sizeof(ushort);

    /// <summary>The header's bit for a block that is stored as it is.</summary>
    public const ushort RawFlag = 1 << 15;

    /// <summary>Number of blocks that a table of so many bytes takes.</summary>
    public static long CountFor(long bytes) => (bytes + Size - 1) / Size;
}
