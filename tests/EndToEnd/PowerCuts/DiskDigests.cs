using System.Security.Cryptography;

namespace ImageBuilder.EndToEnd.Tests.PowerCuts;

/// <summary>Digests of parts of a recorded disk. What was hashed once is not read again in another state.</summary>
internal sealed class DiskDigests
{
    private const int PartLength = 1 << 20;
    private readonly Dictionary<(UInt128 Name, long Offset, long Length), string> known = [];

    /// <summary>The SHA-256 of a part, in hexadecimal digits.</summary>
    /// <param name="disk">A state.</param>
    /// <param name="offset">First byte, a multiple of 4096.</param>
    /// <param name="length">In bytes.</param>
    public string Sha256(LoggedDisk disk, long offset, long length)
    {
        var key = (disk.DigestOf(offset, length), offset, length);
        if (known.TryGetValue(key, out var digest))
            return digest;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var part = new byte[PartLength];
        for (long at = 0; at < length; at += PartLength)
        {
            var bytes = part.AsSpan(0, (int)Math.Min(PartLength, length - at));
            disk.Read(offset + at, bytes);
            hash.AppendData(bytes);
        }
        return known[key] = Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
