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

    /// <summary>Seconds since 1970 of the short form; 0 when it is no time, as all zeros for "not specified".</summary>
    public static long ParseShort(ReadOnlySpan<byte> time) => Parse(1900 + time[0], time[1], time[2], time[3], time[4], time[5], (sbyte)time[6]);

    /// <summary>Seconds since 1970 of the long form with its zone, 17 bytes; 0 when it is no time.</summary>
    public static long ParseLong(ReadOnlySpan<byte> time)
    {
        if (time[..LongDigits].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return 0;
        return Parse(Number(time[..4]), Number(time[4..6]), Number(time[6..8]), Number(time[8..10]), Number(time[10..12]), Number(time[12..14]), (sbyte)time[LongDigits]);

        static int Number(ReadOnlySpan<byte> digits) => int.Parse(digits, System.Globalization.NumberStyles.None);
    }

    /// <param name="zone">Quarters of an hour east of UTC (ECMA-119 8.4.26.1).</param>
    private static long Parse(int year, int month, int day, int hour, int minute, int second, int zone)
    {
        const int zoneStep = 15 * 60;
        if (year is < 1 or > 9999 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
            return 0;
        return new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero).ToUnixTimeSeconds() - zone * zoneStep;
    }
}
