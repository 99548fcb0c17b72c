namespace ImageBuilder.Formats.SquashFs;

/// <summary>The 32-bit size of a data block or fragment on disk, in inodes and in the fragment table.</summary>
/// <param name="Value">Bytes, and bit 24 set when the block is stored as it is; 0 for a block of zeros, which takes no space.</param>
internal readonly record struct DataBlockSize(uint Value)
{
    /// <summary>The bit for a block that is not compressed.</summary>
    public const uint RawFlag = 1 << 24;

    /// <summary>Bytes on disk; the bits above the flag belong to it so that nonsense is found by being too large.</summary>
    public uint Stored => Value & ~RawFlag;

    /// <summary>Stored as it is.</summary>
    public bool IsRaw => (Value & RawFlag) != 0;

    /// <summary>A block of zeros that takes no space.</summary>
    public bool IsSparse => Value == 0;
}
