using System.Text;

namespace ImageBuilder.Linux.Files;

/// <summary>
/// Names between bytes and text without loss: a byte that is not part of UTF-8 is the lone surrogate U+DC00 plus the byte, which no
/// UTF-8 gives.
/// </summary>
internal static class FileName
{
    private const int Escape = 0xdc00;

    /// <summary>The bytes of a path, with a NUL at the end.</summary>
    public static byte[] ToBytes(string path)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(path.Length) + 1];
        var length = 0;
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] is >= (char)(Escape + 0x80) and <= (char)(Escape + 0xff) && (i == 0 || !char.IsHighSurrogate(path[i - 1])))
            {
                bytes[length++] = (byte)(path[i] - Escape);
                continue;
            }
            var units = char.IsHighSurrogate(path[i]) && i + 1 < path.Length ? 2 : 1;
            length += Encoding.UTF8.GetBytes(path.AsSpan(i, units), bytes.AsSpan(length));
            i += units - 1;
        }
        return bytes[..(length + 1)];
    }

    /// <summary>The text of a name's bytes.</summary>
    public static string FromBytes(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        Span<char> units = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var taken) == System.Buffers.OperationStatus.Done)
            {
                text.Append(units[..rune.EncodeToUtf16(units)]);
            }
            else
            {
                foreach (var b in bytes[..taken])
                    text.Append((char)(Escape + b));
            }
            bytes = bytes[taken..];
        }
        return text.ToString();
    }
}
