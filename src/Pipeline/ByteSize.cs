using System.Globalization;

namespace ImageBuilder.Pipeline;

/// <summary>Numbers of bytes as people read them; the units are decimal, as on the packaging of a disk.</summary>
public static class ByteSize
{
    private const double Mega = 1e6;
    private const double Giga = 1e9;

    /// <summary>In megabytes, and in gigabytes from ten of them on: "186.3 MB".</summary>
    public static string Short(double bytes) => bytes < 10 * Giga ? string.Create(CultureInfo.InvariantCulture, $"{bytes / Mega:N1} MB") : string.Create(CultureInfo.InvariantCulture, $"{bytes / Giga:N1} GB");

    /// <summary>As <see cref="Short"/>, but to the byte below a megabyte: "12,345 bytes".</summary>
    public static string Text(long bytes) => bytes == 1 ? "1 byte" : bytes < Mega ? string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes") : Short(bytes);
}
