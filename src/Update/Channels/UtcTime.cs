using System.Globalization;

namespace ImageBuilder.Update.Channels;

/// <summary>
/// Times in documents: RFC 3339 in UTC and whole seconds, "2026-11-27T17:13:30Z". One text for each time, so that documents stay canonical.
/// Written out because the framework's own formatting of dates is large on a device.
/// </summary>
public static class UtcTime
{
    /// <summary>The latest time that has such a text: the end of the year 9999, in seconds since 1970.</summary>
    public const long Latest = 253_402_300_799;

    private const int Day = 86_400;
    private const string Pattern = "0000-00-00T00:00:00Z";

    /// <summary>The text of a time.</summary>
    /// <param name="seconds">Since 1970, 0 to <see cref="Latest"/>.</param>
    public static string Format(long seconds)
    {
        if (seconds is < 0 or > Latest)
            throw new ArgumentOutOfRangeException(nameof(seconds), seconds, "not between 1970 and 9999");
        var (days, rest) = (int.CreateChecked(seconds / Day), int.CreateChecked(seconds % Day));
        var (year, month, day) = DateOf(days);
        return string.Create(CultureInfo.InvariantCulture, $"{year:D4}-{month:D2}-{day:D2}T{rest / 3600:D2}:{rest / 60 % 60:D2}:{rest % 60:D2}Z");
    }

    /// <summary>Reads the text of a time; nothing but what <see cref="Format"/> writes.</summary>
    /// <returns>Seconds since 1970.</returns>
    /// <exception cref="FormatException">Anything else.</exception>
    public static long Parse(string text)
    {
        if (HasPattern(text))
        {
            var days = DaysUntil(Number(text, 0, 4), Number(text, 5, 2), Number(text, 8, 2));
            var seconds = (days * Day) + (Number(text, 11, 2) * 3600L) + (Number(text, 14, 2) * 60L) + Number(text, 17, 2);
            // A 31st of February and a 25th hour are another time's, whose text is another.
            if (seconds is >= 0 and <= Latest && Format(seconds) == text)
                return seconds;
        }
        throw new FormatException($"'{text}' is no time; expected one such as 2026-11-27T17:13:30Z");
    }

    private static bool HasPattern(string text)
    {
        if (text.Length != Pattern.Length)
            return false;
        for (var i = 0; i < text.Length; i++)
            if (Pattern[i] == '0' ? !char.IsAsciiDigit(text[i]) : text[i] != Pattern[i])
                return false;
        return true;
    }

    private static int Number(string text, int start, int length) => int.Parse(text.AsSpan(start, length), NumberStyles.None, CultureInfo.InvariantCulture);

    // Years begin in March here, so that the leap day is the last; 400 of them have 146,097 days. Day 719,468 of this calendar is 1970-01-01.
    private static (int Year, int Month, int Day) DateOf(int days)
    {
        days += 719_468;
        var era = days / 146_097;
        var dayOfEra = days % 146_097;
        var yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        var dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var shifted = ((5 * dayOfYear) + 2) / 153;
        var month = shifted < 10 ? shifted + 3 : shifted - 9;
        return ((era * 400) + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (((153 * shifted) + 2) / 5) + 1);
    }

    private static long DaysUntil(int year, int month, int day)
    {
        if (month <= 2)
            year--;
        var era = year / 400;
        var yearOfEra = year % 400;
        var dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9)) + 2) / 5) + day - 1;
        return (era * 146_097L) + (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear - 719_468;
    }
}
