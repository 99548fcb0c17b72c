namespace ImageBuilder.Update.Stacks;

/// <summary>The name of a stack: the SHA-256 of its manifest's bytes.</summary>
public readonly struct StackId : IEquatable<StackId>
{
    /// <summary>Bytes of an id.</summary>
    public const int Length = 32;

    private readonly byte[]? bytes;

    /// <param name="bytes">32 of them.</param>
    public StackId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
            throw new ArgumentException($"a stack id has {Length} bytes, not {bytes.Length}", nameof(bytes));
        this.bytes = bytes.ToArray();
    }

    /// <summary>The raw digest; all zero for the default value, which names no stack.</summary>
    public ReadOnlySpan<byte> Bytes => bytes ?? new byte[Length];

    /// <summary>True when it names no stack.</summary>
    public bool IsEmpty => !Bytes.ContainsAnyExcept((byte)0);

    /// <summary>Reads 64 lower-case hexadecimal digits.</summary>
    /// <exception cref="FormatException">Anything else.</exception>
    public static StackId Parse(string text) => IsHex(text) ? new StackId(Convert.FromHexString(text)) : throw new FormatException($"'{text}' is no stack id: expected 64 lower-case hexadecimal digits");

    /// <summary>Whether a text is a SHA-256 as everything here writes it.</summary>
    public static bool IsHex(string text) => text.Length == 2 * Length && text.All(c => c is >= '0' and <= '9' or >= 'a' and <= 'f');

    public override string ToString() => Convert.ToHexStringLower(Bytes);

    public bool Equals(StackId other) => Bytes.SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => obj is StackId other && Equals(other);

    public override int GetHashCode() => BitConverter.ToInt32(Bytes[..4]);

    public static bool operator ==(StackId left, StackId right) => left.Equals(right);

    public static bool operator !=(StackId left, StackId right) => !left.Equals(right);
}
