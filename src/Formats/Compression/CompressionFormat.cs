namespace ImageBuilder.Formats.Compression;

/// <summary>Compressed file formats that are read as streams.</summary>
public enum CompressionFormat
{
    /// <summary>Not compressed, or by something that is not known.</summary>
    None,

    /// <summary>gzip, RFC 1952.</summary>
    Gzip,

    /// <summary>.xz, xz-file-format.txt.</summary>
    Xz,

    /// <summary>Zstandard, RFC 8878.</summary>
    Zstd,
}
