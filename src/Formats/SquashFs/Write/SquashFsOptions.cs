using ImageBuilder.Formats.Compression;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>How to write a SquashFS image.</summary>
public sealed record SquashFsOptions
{
    /// <summary>Smallest block size, in bytes.</summary>
    public const int MinBlockSize = 4096;

    /// <summary>Largest block size, in bytes.</summary>
    public const int MaxBlockSize = 1 << 20;

    /// <summary>The compressor of data and metadata.</summary>
    public SquashFsCompression Compression { get; init; } = SquashFsCompression.Zstd;

    /// <summary>The compressor's level; null is its default (see <see cref="SquashFsCompression"/>).</summary>
    public int? Level { get; init; }

    /// <summary>Bytes per data block: a power of two from <see cref="MinBlockSize"/> to <see cref="MaxBlockSize"/>.</summary>
    public int BlockSize { get; init; } = 128 << 10;

    /// <summary>Threads that read and compress. Has no influence on the bytes written.</summary>
    public int Jobs { get; init; } = Environment.ProcessorCount;

    /// <summary>The image's own time stamp, in seconds since 1970.</summary>
    public uint ModificationTime { get; init; }

    /// <summary>
    /// Packs the tails of files larger than a block into fragments too. Smaller images (fewer partial blocks), one more seek per
    /// file.
    /// </summary>
    public bool PackTails { get; init; }

    /// <summary>
    /// Which files come first in the image: lines of a path and, optionally, a priority from -32768 to 32767 (default 1; files not
    /// listed have 0). Higher priorities come first; files of one priority in the order of their lines. A directory stands for all
    /// files below it. Empty lines and lines that begin with '#' are skipped.
    /// </summary>
    public IReadOnlyList<string>? Sort { get; init; }

    /// <summary>
    /// An earlier image that this one is to differ from as little as possible: what has not changed keeps its place and number, also where
    /// that leaves gaps (<see cref="SquashFsSummary.Kept"/>). It stays readable as long as the new one is written.
    /// </summary>
    public SquashFsImage? Previous { get; init; }

    /// <summary>Compressed data blocks of earlier runs, and the place for those of this one. Has no influence on the bytes written.</summary>
    public IBlockCache? Cache { get; init; }

    /// <summary>Told after each block: bytes of content read so far, and in all. Called on the thread that writes.</summary>
    public Action<long, long>? Progress { get; init; }

    /// <summary>Told once what could not be represented and was left out, with the paths.</summary>
    public Action<string>? Warning { get; init; }
}
