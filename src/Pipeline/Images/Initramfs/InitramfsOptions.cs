namespace ImageBuilder.Pipeline.Images.Initramfs;

/// <summary>How the initramfs is written.</summary>
/// <param name="ModifiedTime">The time of all files in it, in seconds since 1970.</param>
/// <param name="CompressionLevel">zstd, 1 to 22.</param>
public sealed record InitramfsOptions(long ModifiedTime = 0, int CompressionLevel = 19);
