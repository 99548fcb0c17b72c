using System.Text;

namespace ImageBuilder.Formats.Tar;

/// <summary>
/// The fields of a tar header block (POSIX.1-2017 pax, "ustar Interchange Format"), each starting where the one before it ends.
/// </summary>
internal readonly record struct TarField(int Offset, int Length)
{
    public const int BlockSize = 512;

    public static readonly TarField Name = new(0, 100);
    public static readonly TarField Mode = Name.Next(8);
    public static readonly TarField Uid = Mode.Next(8);
    public static readonly TarField Gid = Uid.Next(8);
    public static readonly TarField Size = Gid.Next(12);
    public static readonly TarField ModifiedTime = Size.Next(12);
    public static readonly TarField Checksum = ModifiedTime.Next(8);
    public static readonly TarField TypeFlag = Checksum.Next(1);
    public static readonly TarField LinkName = TypeFlag.Next(100);
    public static readonly TarField Magic = LinkName.Next(6);
    public static readonly TarField Version = Magic.Next(2);
    public static readonly TarField UserName = Version.Next(32);
    public static readonly TarField GroupName = UserName.Next(32);
    public static readonly TarField DeviceMajor = GroupName.Next(8);
    public static readonly TarField DeviceMinor = DeviceMajor.Next(8);
    public static readonly TarField Prefix = DeviceMinor.Next(155);

    // GNU tar's old sparse headers (type 'S') reuse the prefix field; tar.h in GNU tar's manual, "Basic Tar Format".
    public static readonly TarField GnuSparse = new(386, 4 * 24);
    public static readonly TarField GnuIsExtended = GnuSparse.Next(1);
    public static readonly TarField GnuRealSize = GnuIsExtended.Next(12);

    private TarField Next(int length) => new(Offset + Length, length);

    /// <summary>The field's bytes in a header block.</summary>
    public Span<byte> In(Span<byte> block) => block.Slice(Offset, Length);

    /// <summary>The field's bytes up to the first NUL.</summary>
    public ReadOnlySpan<byte> Text(Span<byte> block)
    {
        var bytes = In(block);
        var end = bytes.IndexOf((byte)0);
        return end < 0 ? bytes : bytes[..end];
    }

    /// <summary>The field's number: octal digits, or GNU's base-256 when the first bit is set (two's complement, big-endian).</summary>
    /// <exception cref="FormatException">The field holds something else.</exception>
    public long Number(Span<byte> block) => ParseNumber(In(block));

    /// <inheritdoc cref="Number"/>
    public static long ParseNumber(ReadOnlySpan<byte> bytes)
    {
        if ((bytes[0] & 0x80) != 0)
        {
            var value = (bytes[0] & 0x40) != 0 ? -1L : 0L;
            value = (value << 6) | (uint)(bytes[0] & 0x3F);
            foreach (var b in bytes[1..])
                value = value > long.MaxValue >> 8 || value < long.MinValue >> 8
                    ? throw new FormatException("number too large")
                    : (value << 8) | b;
            return value;
        }
        var digits = Encoding.ASCII.GetString(bytes).Trim('\0', ' ');
        long result = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7')
                throw new FormatException($"'{EntryNameText(bytes)}' is not an octal number");
            result = checked((result << 3) | (uint)(digit - '0'));
        }
        return result;
    }

    /// <summary>Writes octal digits with a closing NUL; false when the number does not fit.</summary>
    public bool TryPutOctal(Span<byte> block, long value)
    {
        var field = In(block);
        var digits = field.Length - 1;
        if (value < 0 || (digits * 3 < 63 && value >> (digits * 3) != 0))
            return false;
        for (var i = digits - 1; i >= 0; i--, value >>= 3)
            field[i] = (byte)('0' + (value & 7));
        field[digits] = 0;
        return true;
    }

    /// <summary>The header's checksum: the sum of its bytes with the checksum field taken as spaces.</summary>
    public static int Sum(Span<byte> block)
    {
        var sum = 0;
        for (var i = 0; i < BlockSize; i++)
            sum += i >= Checksum.Offset && i < Checksum.Offset + Checksum.Length ? ' ' : block[i];
        return sum;
    }

    private static string EntryNameText(ReadOnlySpan<byte> bytes) => Trees.EntryName.Printable(bytes);
}
