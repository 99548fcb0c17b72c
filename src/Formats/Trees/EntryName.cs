using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ImageBuilder.Formats.Trees;

/// <summary>
/// The name of one directory entry: 1 to 255 bytes, neither "." nor "..", with no '/' and no NUL. Linux gives names
/// no encoding, so bytes are kept as they are; comparison is by unsigned byte, the order SquashFS requires.
/// </summary>
public readonly struct EntryName : IEquatable<EntryName>, IComparable<EntryName>
{
    private readonly byte[]? bytes;

    private EntryName(byte[] bytes) => this.bytes = bytes;

    /// <summary>The raw bytes of the name.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>Takes a name as bytes. </summary>
    /// <exception cref="ImageException">The name is empty, ".", "..", longer than 255 bytes, or holds '/' or NUL.</exception>
    public static EntryName From(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > 255 || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8) || name.ContainsAny((byte)'/', (byte)0))
            throw new ImageException(ImageErrorKind.Unsupported, "IB2001",
                $"'{Printable(name)}' is not a possible file name: it must be 1 to 255 bytes, not '.' or '..', without '/' and NUL");
        return new EntryName(name.ToArray());
    }

    /// <inheritdoc cref="From(ReadOnlySpan{byte})"/>
    public static EntryName From(string name) => From(Encoding.UTF8.GetBytes(name));

    public static implicit operator EntryName(string name) => From(name);

    public int CompareTo(EntryName other) => Bytes.SequenceCompareTo(other.Bytes);

    public bool Equals(EntryName other) => Bytes.SequenceEqual(other.Bytes);

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is EntryName other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>The name for people: UTF-8 where it is valid, control characters and stray bytes as \xNN.</summary>
    public override string ToString() => Printable(Bytes);

    public static bool operator ==(EntryName left, EntryName right) => left.Equals(right);

    public static bool operator !=(EntryName left, EntryName right) => !left.Equals(right);

    /// <summary>The same of text.</summary>
    public static string Printable(string text) => Printable(Encoding.UTF8.GetBytes(text));

    /// <summary>The same of text of several lines; line ends and tabs stay.</summary>
    public static string PrintableLines(string text) => string.Join('\n', text.Split('\n').Select(line => string.Join('\t', line.Split('\t').Select(Printable))));

    /// <summary>
    /// Bytes for people: UTF-8 where it is valid; stray bytes, control characters, and what turns the order of the characters around
    /// it (Unicode Standard Annex #9, "Explicit Directional Embeddings, Overrides and Isolates") as \xNN.
    /// </summary>
    public static string Printable(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var consumed);
            if (status == System.Buffers.OperationStatus.Done && !Rune.IsControl(rune) && rune.Value is not (>= 0x202A and <= 0x202E or >= 0x2066 and <= 0x2069))
                text.Append(rune.ToString());
            else
                foreach (var b in bytes[..consumed])
                    text.Append($"\\x{b:x2}");
            bytes = bytes[consumed..];
        }
        return text.ToString();
    }
}
