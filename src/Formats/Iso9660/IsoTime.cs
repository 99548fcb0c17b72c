namespace ImageBuilder.Formats.Iso9660;

/// <summary>The two time formats of ECMA-119. Everything is written as UTC.</summary>
internal static class IsoTime
{
    /// <summary>Bytes of the short form.</summary>
    public const int ShortSize = 7;

    /// <summary>Digits of the long form, without the zone byte.</summary>
    public const int LongDigits = 16;

    private static readonly long Earliest = new DateTimeOffset(1900, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
    private static readonly long Latest = new DateTimeOffset(2155, 12, 31, 23, 59, 59, TimeSpan.Zero).ToUnixTimeSeconds();

    /// <summary>ECMA-119 9.1.5, 1900 to 2155; times outside become the nearest inside.</summary>
    public static byte[] Short(long unixSeconds)
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(unixSeconds, Earliest, Latest));
        return [(byte)(time.Year - 1900), (byte)time.Month, (byte)time.Day, (byte)time.Hour, (byte)time.Minute, (byte)time.Second, 0];
    }

    /// <summary>ECMA-119 8.4.26.1 without the zone: year to hundredths of a second.</summary>
    public static string Digits(DateTimeOffset time)
    {
        var utc = time.ToUniversalTime();
        return $"{utc:yyyyMMddHHmmss}{utc.Millisecond / 10:D2}";
    }
}
