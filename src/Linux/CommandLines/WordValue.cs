using System.Globalization;

namespace ImageBuilder.Linux.CommandLines;

/// <summary>Reads the values of words; each throws <see cref="FormatException"/> that says what was expected.</summary>
public static class WordValue
{
    private const int IdLength = 32;

    public static string Required(string? value) => string.IsNullOrEmpty(value) ? throw new FormatException("needs a value") : value;

    public static bool Flag(string? value, string expected = "is a switch: expected no value, 1 or 0") => value switch
    {
        null or "1" or "y" or "yes" or "on" => true,
        "0" or "n" or "no" or "off" => false,
        _ => throw new FormatException(expected),
    };

    public static TimeSpan Seconds(string? value) => TimeSpan.FromSeconds(Number(value, 0, 86_400));

    public static int Number(string? value, int least, int most) =>
        int.TryParse(Required(value), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"expected a number from {least} to {most}");

    /// <summary>A size as tmpfs(5) takes it: "50%" of the memory, or bytes with K, M or G.</summary>
    public static string TmpfsSize(string? value)
    {
        var (number, unit) = Measure(value, "%kKmMgG", "expected a size such as 256M, 2G or 50%");
        return unit != '%' || number <= 100 ? value! : throw new FormatException("more than 100% of the memory");
    }

    /// <summary>Bytes: a number with K, M or G or without.</summary>
    public static long Bytes(string? value)
    {
        var (number, unit) = Measure(value, "kKmMgG", "expected a size such as 256M or 2G");
        return Scale(number, unit);
    }

    /// <summary>The bytes of a tmpfs size on a machine with that much memory.</summary>
    public static long Bytes(string size, long memory)
    {
        var (number, unit) = Measure(size, "%kKmMgG", "");
        return unit == '%' ? memory / 100 * number : Scale(number, unit);
    }

    /// <summary>The path of a file, normalised; <paramref name="now"/> gives the part that is not said: "/x/" is only a folder, "./x" only a file's name.</summary>
    public static string FilePath(string? value, string now)
    {
        var text = Required(value);
        if (text.StartsWith("./", StringComparison.Ordinal))
            text = now[..(now.LastIndexOf('/') + 1)] + text[2..];
        else if (text.EndsWith('/') && text.Length > 1)
            text += now[(now.LastIndexOf('/') + 1)..];
        var parts = text.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0 || parts.Contains(".."))
            throw new FormatException("expected the path of a file on the medium, such as /live/root.squashfs");
        return "/" + string.Join('/', parts);
    }

    public static string Id(string? value) => Required(value) is { Length: IdLength } id && id.All(char.IsAsciiHexDigitLower)
        ? id : throw new FormatException($"expected {IdLength} hexadecimal digits, the name of a file in the medium's folder .disk");

    private static (long Number, char Unit) Measure(string? value, string units, string expected)
    {
        var digits = Required(value).AsSpan().TrimEnd(units);
        // 13 digits: no unit makes it overflow.
        if (value!.Length - digits.Length > 1 || digits.Length > 13 || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            throw new FormatException(expected);
        return (number, digits.Length == value.Length ? ' ' : char.ToUpperInvariant(value[^1]));
    }

    private static long Scale(long number, char unit) => number << (unit switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 });
}
