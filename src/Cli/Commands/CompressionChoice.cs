using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Formats.SquashFs;

namespace ImageBuilder.Cli.Commands;

/// <summary>Reads NAME[:LEVEL].</summary>
internal static class CompressionChoice
{
    /// <summary>The options with the named compressor.</summary>
    /// <exception cref="ImageException">IB1903: not a compressor or level.</exception>
    public static SquashFsOptions Apply(string text, SquashFsOptions options)
    {
        var parts = text.Split(':');
        if (parts.Length > 2 || !Enum.TryParse<SquashFsCompression>(parts[0], ignoreCase: true, out var compressor) || char.IsAsciiDigit(parts[0][0]))
            throw new ImageException(ImageErrorKind.Spec, "IB1903", $"--compression {text}: expected zstd, xz, gzip, lz4 or none, and after a colon a level");
        int? level = null;
        if (parts.Length == 2)
            level = int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
                : throw new ImageException(ImageErrorKind.Spec, "IB1903", $"--compression {text}: the level is not a number");
        return options with { Compression = compressor, Level = level };
    }
}
