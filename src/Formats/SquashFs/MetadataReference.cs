namespace ImageBuilder.Formats.SquashFs;

/// <summary>A place in a table of metadata blocks.</summary>
/// <param name="Block">Where the block's header is on disk: bytes from the table's start.</param>
/// <param name="Offset">Byte inside the uncompressed block, below 8192.</param>
internal readonly record struct MetadataReference(uint Block, ushort Offset)
{
    /// <summary>The reference as it stands on disk, in 64 bits.</summary>
    public ulong Value => ((ulong)Block << 16) | Offset;

    /// <summary>Takes a reference apart. The upper 16 of the 64 bits are not in use.</summary>
    public static MetadataReference From(ulong value) => new((uint)(value >> 16), (ushort)value);
}
