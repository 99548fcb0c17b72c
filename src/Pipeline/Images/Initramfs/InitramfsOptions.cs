using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Images.Initramfs;

/// <summary>How the initramfs is written.</summary>
/// <param name="ModifiedTime">The time of all files in it, in seconds since 1970.</param>
/// <param name="CompressionLevel">zstd, 1 to 22.</param>
public sealed record InitramfsOptions(long ModifiedTime = 0, int CompressionLevel = 19)
{
    /// <summary>The program that checks the data partition's file system, statically linked; null where nothing is kept.</summary>
    public Content? FileSystemCheck { get; init; }
}
