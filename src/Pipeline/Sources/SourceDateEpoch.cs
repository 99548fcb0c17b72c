using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>The environment variable SOURCE_DATE_EPOCH (reproducible-builds.org specification).</summary>
internal static class SourceDateEpoch
{
    /// <summary>The time of a tree that nothing else dates: the variable's when it is set, else the newest modification time inside.</summary>
    /// <exception cref="ImageException">IB3020: the variable holds something else.</exception>
    public static uint For(Tree tree) => Given() ?? (uint)Math.Clamp(tree.Walk().Select(entry => entry.Node.ModifiedTime).Append(tree.Root.ModifiedTime).Max(), 0, uint.MaxValue);

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
