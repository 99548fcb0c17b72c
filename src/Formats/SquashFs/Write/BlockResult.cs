namespace ImageBuilder.Formats.SquashFs;

/// <summary>What became of one block.</summary>
/// <param name="Length">Uncompressed bytes.</param>
/// <param name="StoredLength">Bytes to write; 0 for a block of zeros, which takes no space.</param>
/// <param name="IsRaw">Stored as it is, because compressing did not make it smaller.</param>
internal readonly record struct BlockResult(int Length, int StoredLength, bool IsRaw)
{
    /// <summary>The size as inodes and the fragment table hold it.</summary>
    public uint SizeOnDisk => (uint)StoredLength | (IsRaw ? DataBlockSize.RawFlag : 0);
}
