using ImageBuilder.Formats;

namespace ImageBuilder.Pipeline.Images;

/// <summary>The spec's budgets for what is made.</summary>
internal static class SizeLimit
{
    /// <summary>Refuses what has become too large.</summary>
    /// <param name="what">The key under `limits:`.</param>
    /// <param name="limit">In bytes; null for none.</param>
    /// <param name="length">In bytes.</param>
    /// <exception cref="ImageException">IB5004: the limit was passed.</exception>
    public static void Check(string what, long? limit, long length)
    {
        if (length > limit)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB5004", $"limits.{what}: the {what} has {length} bytes ({ByteSize.Short(length)}); the spec allows {limit} ({ByteSize.Short(limit.Value)})");
    }
}
