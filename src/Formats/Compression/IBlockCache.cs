namespace ImageBuilder.Formats.Compression;

/// <summary>
/// Remembers compressed blocks between runs. Used by several threads at once. A cache may forget anything at any time, but what it
/// returns must be what was added under that key.
/// </summary>
public interface IBlockCache
{
    /// <summary>Length of a key in bytes.</summary>
    const int KeyLength = 32;

    /// <summary>Returned by <see cref="Read"/> for a key that is not there.</summary>
    const int Unknown = -1;

    /// <summary>
    /// Copies the compressed bytes to <paramref name="destination"/> and returns their length: 0 when the block is known not to become
    /// smaller, <see cref="Unknown"/> when nothing is known.
    /// </summary>
    /// <param name="key">SHA-256 of the uncompressed block, the compressor, its level and its version.</param>
    /// <param name="destination">Room for the longest result that is of use.</param>
    /// <param name="isData">Whether it is a block of content, which people are told of, and not of an image's tables.</param>
    int Read(ReadOnlySpan<byte> key, Span<byte> destination, bool isData = true);

    /// <summary>Remembers a compressed block; empty when it did not become smaller.</summary>
    void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> compressed);
}
