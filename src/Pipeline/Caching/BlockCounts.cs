namespace ImageBuilder.Pipeline.Caching;

/// <summary>How often a store of blocks was of use, for blocks of content.</summary>
/// <param name="Found">Blocks that were there.</param>
/// <param name="Asked">Blocks that were asked for.</param>
public readonly record struct BlockCounts(long Found, long Asked)
{
    public static BlockCounts operator -(BlockCounts later, BlockCounts earlier) => new(later.Found - earlier.Found, later.Asked - earlier.Asked);

    /// <summary>For people: "1790 of 1801 blocks from the cache".</summary>
    public override string ToString() => $"{Found} of {Asked} blocks from the cache";
}
