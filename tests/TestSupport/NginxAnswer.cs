using System.Globalization;

namespace ImageBuilder.TestSupport;

/// <summary>A line of nginx's access log.</summary>
/// <param name="Status">Of HTTP.</param>
/// <param name="Sent">Bytes of the body that it gave to the system to send; with a connection that broke, more than have come.</param>
/// <param name="Offset">Of a request for a range: its first byte.</param>
/// <param name="Path">What was asked for.</param>
public sealed record NginxAnswer(int Status, long Sent, long? Offset, string Path)
{
    internal static NginxAnswer Parse(string line)
    {
        var words = line.Split(' ', 4);
        return new NginxAnswer(int.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture),
            words[2] == "\"-\"" ? null : long.Parse(words[2].Trim('"')["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture), words[3]);
    }
}
