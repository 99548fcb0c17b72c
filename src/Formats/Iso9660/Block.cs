namespace ImageBuilder.Formats.Iso9660;

/// <summary>A logical block number: 2048 bytes each, counted from the start of the image (ECMA-119 6.2).</summary>
internal readonly record struct Block(uint Number)
{
    /// <summary>Bytes per block.</summary>
    public const int Size = 2048;

    /// <summary>Where the block begins, in bytes.</summary>
    public long Offset => (long)Number * Size;

    /// <summary>Blocks that so many bytes take.</summary>
    public static uint CountFor(long bytes) => checked((uint)((bytes + Size - 1) / Size));

    public static Block operator +(Block block, uint count) => new(checked(block.Number + count));

    public static uint operator -(Block block, Block start) => checked(block.Number - start.Number);
}
