namespace ImageBuilder.Formats.SquashFs;

/// <summary>Words the reader's errors: each begins with the place in the image.</summary>
internal static class SquashFsError
{
    /// <summary>The superblock is damaged, or this is no SquashFS image.</summary>
    public const string Superblock = "IB2120";

    /// <summary>A version, compressor or option that is not read here.</summary>
    public const string Unsupported = "IB2121";

    /// <summary>A table's place, size or index is wrong.</summary>
    public const string Table = "IB2122";

    /// <summary>A metadata block is damaged.</summary>
    public const string Metadata = "IB2123";

    /// <summary>An inode is wrong.</summary>
    public const string Inode = "IB2124";

    /// <summary>A directory is wrong.</summary>
    public const string Directory = "IB2125";

    /// <summary>A data block or a fragment is damaged.</summary>
    public const string Data = "IB2126";

    /// <summary>The extended attributes are wrong.</summary>
    public const string Xattr = "IB2127";

    /// <summary>A limit of <see cref="SquashFsLimits"/> was passed.</summary>
    public const string Limit = "IB2128";

    /// <summary>Damage at a byte of the image.</summary>
    public static ImageException Corrupt(string id, long at, string what) => new(ImageErrorKind.Corrupt, id, $"SquashFS image, byte {at}: {what}") { Offset = at };

    /// <summary>Something at a byte of the image that is not read here.</summary>
    public static ImageException NotRead(long at, string what) => new(ImageErrorKind.Unsupported, Unsupported, $"SquashFS image, byte {at}: {what}") { Offset = at };

    /// <summary>A limit that was passed at a byte of the image.</summary>
    public static ImageException TooMuch(long at, string what) => new(ImageErrorKind.LimitExceeded, Limit, $"SquashFS image, byte {at}: {what}") { Offset = at };

    /// <summary>What a decompressor reports, with the place.</summary>
    public static ImageException At(string id, long at, string what, ImageException inner) => new(inner.Kind, id, $"SquashFS image, byte {at}: {what}: {inner.Message}", inner) { Offset = at };
}
