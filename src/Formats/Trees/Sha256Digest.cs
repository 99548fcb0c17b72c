using System.Buffers;
using System.Security.Cryptography;

namespace ImageBuilder.Formats.Trees;

/// <summary>SHA-256 (FIPS 180-4) of whole files. Read in large parts, and holes not at all: what is hashed may be a disk that is mostly empty.</summary>
public static class Sha256Digest
{
    private const int PartLength = 1 << 20;

    private static readonly byte[] Zeros = new byte[PartLength];

    /// <summary>The digest of a content, as manifests write it: 64 lower-case hexadecimal digits.</summary>
    /// <exception cref="ImageException">IB2010: it could not be read.</exception>
    public static string HexOf(Content content) => Convert.ToHexStringLower(BytesOf(content));

    /// <summary>The digest of a content, 32 bytes.</summary>
    /// <exception cref="ImageException">IB2010: it could not be read.</exception>
    public static byte[] BytesOf(Content content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(PartLength, content.Length));
        try
        {
            for (long offset = 0; offset < content.Length;)
            {
                var (start, end) = content.DataFrom(offset);
                for (; offset < start; offset += Math.Min(PartLength, start - offset))
                    hash.AppendData(Zeros, 0, (int)Math.Min(PartLength, start - offset));
                for (; offset < end; offset += Math.Min(PartLength, end - offset))
                {
                    var part = buffer.AsSpan(0, (int)Math.Min(PartLength, end - offset));
                    content.Read(offset, part);
                    hash.AppendData(part);
                }
            }
            return hash.GetHashAndReset();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
