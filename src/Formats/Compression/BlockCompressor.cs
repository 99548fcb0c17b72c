namespace ImageBuilder.Formats.Compression;

/// <summary>
/// Compresses independent blocks one after the other, keeping the compressor's working memory. Not thread-safe: one object per
/// thread. The same input gives the same output, whatever was compressed before.
/// </summary>
internal abstract class BlockCompressor : IDisposable
{
    /// <summary>
    /// Compresses <paramref name="source"/> into <paramref name="destination"/>. Returns the compressed length in bytes, or 0 when
    /// the result does not fit.
    /// </summary>
    /// <exception cref="ImageException">IB2102: the library reports an error.</exception>
    public abstract int Compress(ReadOnlySpan<byte> source, Span<byte> destination);

    /// <summary>Frees the working memory.</summary>
    public abstract void Dispose();

    private protected static ImageException Failed(string library, int length, object reason) =>
        new(ImageErrorKind.Io, "IB2102", $"{library} could not compress a block of {length} bytes: {reason}");
}
