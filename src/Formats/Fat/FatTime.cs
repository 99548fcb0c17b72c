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
}
