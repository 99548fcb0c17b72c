using System.Globalization;
using ImageBuilder.Update.Channels;

namespace ImageBuilder.Agent.Repositories.Http;

/// <summary>A date in a head. Of the three formats (RFC 9110, 5.6.7) the one that servers must send: "Sun, 06 Nov 1994 08:49:37 GMT".</summary>
internal static class HttpDate
{
    private const string Months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    private const int NameLength = 3;

    /// <summary>UTC; null for anything else.</summary>
    // DateTime.TryParseExact knows every format, and takes 21 KB of the program.
    public static DateTime? TryParse(string? text)
    {
        if (text?.Split(' ') is not [{ Length: NameLength + 1 }, var day, { Length: NameLength } name, var year, var time, "GMT"] || Months.IndexOf(name, StringComparison.Ordinal) is not (>= 0 and var month) || month % NameLength != 0)
            return null;
        try
        {
            return DateTime.UnixEpoch.AddSeconds(UtcTime.Parse(string.Create(CultureInfo.InvariantCulture, $"{year}-{(month / NameLength) + 1:D2}-{day}T{time}Z")));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
