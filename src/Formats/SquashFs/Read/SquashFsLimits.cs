namespace ImageBuilder.Formats.SquashFs;

/// <summary>What reading an image may cost; a hostile image ends in LimitExceeded instead of a machine without memory.</summary>
public sealed record SquashFsLimits
{
    /// <summary>Bytes of memory for tables, names, attributes and nodes together. Content of files is not held.</summary>
    public long MaxMemory { get; init; } = 2L << 30;

    /// <summary>Names in all directories together.</summary>
    public int MaxEntries { get; init; } = 16 << 20;

    /// <summary>Bytes of all names together.</summary>
    public long MaxNameBytes { get; init; } = 512L << 20;

    /// <summary>How deep directories may lie in one another. Linux reaches at most 2048 by one path.</summary>
    public int MaxDepth { get; init; } = 2048;

    /// <summary>Bytes of decompressed blocks kept at hand, at most, for reading small files and parts of large ones; at least two blocks are.</summary>
    public int BlockCache { get; init; } = 128 << 20;
}
