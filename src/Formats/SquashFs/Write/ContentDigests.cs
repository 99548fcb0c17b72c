using System.Security.Cryptography;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// What a content is, without its bytes: the SHA-256 (FIPS 180-4) of each of its blocks; blocks of zeros alone have zeros. Contents of equal digests are equal.
/// </summary>
/// <param name="length">The content's length in bytes; more than 0.</param>
/// <param name="blockSize">Bytes of each block but the last, which ends with the content.</param>
internal sealed class ContentDigests(long length, int blockSize) : IEquatable<ContentDigests>
{
    /// <summary>Bytes of one digest.</summary>
    public const int Length = SHA256.HashSizeInBytes;

    private readonly byte[] digests = new byte[checked((int)((length + blockSize - 1) / blockSize) * Length)];

    /// <summary>Bytes of the content.</summary>
    public long ContentLength { get; } = length;

    /// <summary>How many blocks there are.</summary>
    public int Count => digests.Length / Length;

    /// <summary>The digest of one block.</summary>
    public ReadOnlySpan<byte> this[int block] => digests.AsSpan(block * Length, Length);

    /// <summary>Whether a block has nothing but zeros.</summary>
    public bool IsZeros(int block) => !this[block].ContainsAnyExcept((byte)0);

    /// <summary>Reads a block and takes its digest. Different blocks may be read by several threads at once.</summary>
    /// <param name="content">The content.</param>
    /// <param name="block">Number of the block.</param>
    /// <param name="buffer">Room for a block.</param>
    public void Read(Content content, int block, Span<byte> buffer)
    {
        var offset = (long)block * blockSize;
        var data = buffer[..(int)Math.Min(blockSize, ContentLength - offset)];
        if (content.DataFrom(offset).Start >= offset + data.Length)
            return; // a hole
        content.Read(offset, data);
        Take(data, digests.AsSpan(block * Length, Length));
    }

    /// <summary>Whether a block has these bytes.</summary>
    public bool IsOf(ReadOnlySpan<byte> data, int block)
    {
        Span<byte> digest = stackalloc byte[Length];
        Take(data, digest);
        return digest.SequenceEqual(this[block]);
    }

    // Zeros of any length have the same digest.
    public bool Equals(ContentDigests? other) => other is not null && other.ContentLength == ContentLength && other.digests.AsSpan().SequenceEqual(digests);

    public override bool Equals(object? obj) => Equals(obj as ContentDigests);

    // Of all of them: many files may begin or end with zeros.
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(ContentLength);
        hash.AddBytes(digests);
        return hash.ToHashCode();
    }

    private static void Take(ReadOnlySpan<byte> data, Span<byte> digest)
    {
        if (data.ContainsAnyExcept((byte)0))
            SHA256.HashData(data, digest);
        else
            digest.Clear();
    }
}
