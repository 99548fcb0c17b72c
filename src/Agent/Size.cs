using System.Globalization;

namespace ImageBuilder.Agent;

/// <summary>Sizes for people.</summary>
internal static class Size
{
    /// <summary>"512 bytes", "1.5 MB".</summary>
    public static string Text(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        string[] units = ["bytes", "kB", "MB", "GB", "TB"];
        for (; value >= 999.5 && unit < units.Length - 1; unit++)
            value /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 || value >= 99.5 ? Math.Round(value) : Math.Round(value, 1)):0.#} {units[unit]}");
    }
}
