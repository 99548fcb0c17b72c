namespace ImageBuilder.Formats.Fat;

/// <summary>What the reader says about an image it cannot take; always with the byte where it lies.</summary>
internal static class FatError
{
    /// <summary>There is no FAT file system here.</summary>
    public const string NotFat = "IB2211";

    /// <summary>The boot sector breaks a rule.</summary>
    public const string BootSector = "IB2212";

    /// <summary>The image is shorter than its file system.</summary>
    public const string CutOff = "IB2213";

    /// <summary>A chain of clusters is damaged.</summary>
    public const string Chain = "IB2214";

    /// <summary>A directory entry breaks a rule.</summary>
    public const string Entry = "IB2215";

    /// <summary>More than this program reads.</summary>
    public const string Limit = "IB2216";

    public static ImageException Corrupt(string id, long at, string what) => new(ImageErrorKind.Corrupt, id, $"FAT image, byte {at}: {what}");

    public static ImageException TooMuch(long at, string what) => new(ImageErrorKind.LimitExceeded, Limit, $"FAT image, byte {at}: {what}");
}
