using System.Globalization;
using ImageBuilder.Formats;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>The environment variable SOURCE_DATE_EPOCH (reproducible-builds.org specification).</summary>
internal static class SourceDateEpoch
{
    /// <summary>Whole seconds since 1970 when the variable is set and not empty; else null.</summary>
    /// <exception cref="ImageException">IB3020: it holds something else, or more than 32 bits.</exception>
    public static uint? Given()
    {
        if (Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH") is not { Length: > 0 } given)
            return null;
        return uint.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds
            : throw new ImageException(ImageErrorKind.Spec, "IB3020", $"SOURCE_DATE_EPOCH is '{given}'; expected whole seconds since 1970");
    }
}
