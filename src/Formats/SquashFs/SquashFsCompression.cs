namespace ImageBuilder.Formats.SquashFs;

/// <summary>How the blocks of a SquashFS image are compressed.</summary>
public enum SquashFsCompression
{
    /// <summary>Everything stored as it is.</summary>
    None,

    /// <summary>zlib streams; levels 1 to 9, default 9.</summary>
    Gzip,

    /// <summary>.xz streams; presets 0 to 9, default 6.</summary>
    Xz,

    /// <summary>LZ4 blocks; level 1 (the default) is the fast mode, 2 to 12 are LZ4HC's.</summary>
    Lz4,

    /// <summary>Zstandard frames; levels 1 to 22, default 15.</summary>
    Zstd,
}
