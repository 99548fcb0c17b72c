namespace ImageBuilder.Formats.Iso9660;

/// <summary>What the reader says about an image it cannot take; always with the byte where it lies.</summary>
internal static class IsoError
{
    /// <summary>There is no ISO 9660 volume here.</summary>
    public const string NotIso = "IB2410";

    /// <summary>Legal, but not read by this program.</summary>
    public const string Unsupported = "IB2411";

    /// <summary>A volume descriptor or path table breaks a rule.</summary>
    public const string Descriptor = "IB2412";

    /// <summary>A directory record breaks a rule.</summary>
    public const string Record = "IB2413";

    /// <summary>A name is impossible, or there twice.</summary>
    public const string Name = "IB2414";

    /// <summary>A directory lies inside itself, or under two names.</summary>
    public const string Loop = "IB2415";

    /// <summary>Data lies outside the image.</summary>
    public const string Outside = "IB2416";

    /// <summary>A system use entry breaks a rule.</summary>
    public const string SystemUse = "IB2417";

    /// <summary>Continuation areas go in a circle or do not end.</summary>
    public const string Continuation = "IB2418";

    /// <summary>A relocated directory's links do not fit.</summary>
    public const string Relocation = "IB2419";

    /// <summary>More than this program reads.</summary>
    public const string Limit = "IB2420";

    /// <summary>A file compressed by zisofs.</summary>
    public const string Zisofs = "IB2421";

    /// <summary>The boot catalog breaks a rule.</summary>
    public const string BootCatalog = "IB2422";

    /// <summary>A number's little-endian and big-endian forms differ.</summary>
    public const string BothEndian = "IB2423";

    public static ImageException Corrupt(string id, long at, string what) => new(ImageErrorKind.Corrupt, id, $"ISO image, byte {at}: {what}");

    public static ImageException NotSupported(string id, long at, string what) => new(ImageErrorKind.Unsupported, id, $"ISO image, byte {at}: {what}");

    public static ImageException TooMuch(long at, string what) => new(ImageErrorKind.LimitExceeded, Limit, $"ISO image, byte {at}: {what}");

    /// <summary>ECMA-119 7.3.3: a number that is stored twice must say the same twice.</summary>
    public static uint Both32(ref RecordReader record, long recordAt, string field)
    {
        var at = recordAt + record.Position;
        var (little, big) = (record.U32(), record.U32BigEndian());
        return little == big ? little : throw Corrupt(BothEndian, at, $"the {field} is {little} little-endian and {big} big-endian");
    }

    /// <summary>ECMA-119 7.2.3.</summary>
    public static ushort Both16(ref RecordReader record, long recordAt, string field)
    {
        var at = recordAt + record.Position;
        var (little, big) = (record.U16(), record.U16BigEndian());
        return little == big ? little : throw Corrupt(BothEndian, at, $"the {field} is {little} little-endian and {big} big-endian");
    }
}
