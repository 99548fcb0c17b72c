namespace ImageBuilder.Formats.Cpio;

/// <summary>One archive of an initramfs image, or one compressed run of archives.</summary>
/// <param name="Offset">First byte in the image.</param>
/// <param name="Length">Length in the image, in bytes, without the zeros behind it.</param>
/// <param name="Compression">"none", "gzip", "xz", "zstd" or "lz4".</param>
/// <param name="UnpackedLength">Length once decompressed.</param>
/// <param name="Entries">Entries of the archives in it, the trailers not counted.</param>
/// <param name="FirstName">Name of the first entry but ".": tells microcode from the rest.</param>
public sealed record CpioSegment(long Offset, long Length, string Compression, long UnpackedLength, int Entries, string FirstName);
