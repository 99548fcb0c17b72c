using ImageBuilder.Linux;

namespace ImageBuilder.Agent.Health;

/// <summary>HMAC-SHA-256 (RFC 2104). The framework's is OpenSSL's, without which it ends the process; an image need not have it.</summary>
internal static class Hmac
{
    private const int BlockLength = 64;

    /// <summary>In lower-case hexadecimal digits.</summary>
    /// <param name="key">Of a longer one than a block its digest is used, as the RFC says.</param>
    /// <param name="message">The message.</param>
    public static string Of(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        var block = new byte[BlockLength];
        (key.Length <= BlockLength ? key : Digest(key, [])).CopyTo(block);
        return Convert.ToHexStringLower(Digest(Padded(block, 0x5c), Digest(Padded(block, 0x36), message)));
    }

    private static byte[] Padded(byte[] block, byte pad) => [.. block.Select(value => (byte)(value ^ pad))];

    private static byte[] Digest(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var hash = new Sha256();
        hash.Append(first);
        hash.Append(second);
        return Convert.FromHexString(hash.Finish());
    }
}
