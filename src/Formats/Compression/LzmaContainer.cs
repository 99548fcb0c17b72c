namespace ImageBuilder.Formats.Compression;

/// <summary>What LZMA data is wrapped in.</summary>
internal enum LzmaContainer
{
    /// <summary>.xz (xz-file-format.txt 1.1.0).</summary>
    Xz,

    /// <summary>.lzma, the format before it.</summary>
    Alone,
}
