namespace ImageBuilder.Formats.Fat;

/// <summary>A FAT time stamp: two-second steps from 1980 to 2107, no time zone (fatgen103, "Date and Time Formats").</summary>
internal readonly record struct FatTime(ushort Date, ushort Time)
{
    private static readonly long Earliest = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
    private static readonly long Latest = new DateTimeOffset(2107, 12, 31, 23, 59, 58, TimeSpan.Zero).ToUnixTimeSeconds();

    /// <summary>From seconds since 1970, as UTC; times FAT cannot hold become the nearest that it can.</summary>
    public static FatTime FromUnix(long seconds)
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, Earliest, Latest));
        return new FatTime(
            (ushort)((time.Year - 1980) << 9 | time.Month << 5 | time.Day),
            (ushort)(time.Hour << 11 | time.Minute << 5 | time.Second / 2));
    }

    /// <summary>Seconds since 1970, taken as UTC; 0 when the fields are no time.</summary>
    public long ToUnix()
    {
        var (year, month, day) = (1980 + (Date >> 9), Date >> 5 & 0x0F, Date & 0x1F);
        var (hour, minute, second) = (Time >> 11, Time >> 5 & 0x3F, (Time & 0x1F) * 2);
        return month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59
            ? 0 : new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero).ToUnixTimeSeconds();
    }
}
