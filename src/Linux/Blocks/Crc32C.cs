namespace ImageBuilder.Linux.Blocks;

/// <summary>CRC-32C (Castagnoli, polynomial 0x1EDC6F41, reflected; RFC 3720, B.4), in ext4's form: begun with all ones, not inverted at the end.</summary>
internal static class Crc32C
{
    private const uint ReflectedPolynomial = 0x82F63B78;

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ ReflectedPolynomial;
        }
        return crc;
    }
}
