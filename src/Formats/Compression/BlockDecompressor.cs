namespace ImageBuilder.Formats.Compression;

/// <summary>
/// Decompresses independent blocks one after the other, keeping the decompressor's working memory. Not thread-safe: one object per
/// thread. Input may be hostile: nothing is written outside the destination, and no more memory is taken than blocks need.
/// </summary>
internal abstract class BlockDecompressor : IDisposable
{
    /// <summary>The most working memory a block may ask for, in bytes: dictionaries are as large as a block, 1 MiB.</summary>
    private protected const ulong MaxWorkingMemory = 16 << 20;

    /// <summary>Decompresses <paramref name="source"/> into <paramref name="destination"/> and returns the length in bytes.</summary>
    /// <exception cref="ImageException">IB2103: damaged, cut off, or longer than the destination; IB2104: it needs too much memory.</exception>
    public abstract int Decompress(ReadOnlySpan<byte> source, Span<byte> destination);

    /// <summary>Frees the working memory.</summary>
    public abstract void Dispose();

    private protected static ImageException Damaged(string format, int length, object reason) =>
        new(ImageErrorKind.Corrupt, "IB2103", $"{format} data of {length} bytes is damaged ({reason})");
}
