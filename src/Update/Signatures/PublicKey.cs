using ImageBuilder.Formats;
using ImageBuilder.Update.Signatures.Interop;

namespace ImageBuilder.Update.Signatures;

/// <summary>An Ed25519 public key in minisign's format (jedisct1.github.io/minisign, "Public key format").</summary>
/// <param name="Id">The key's number.</param>
public sealed record PublicKey(KeyId Id)
{
    private const string CommentPrefix = "untrusted comment: ";
    private const int IdOffset = 2, KeyOffset = IdOffset + KeyId.Length, Length = KeyOffset + LibSodium.PublicKeyLength;

    /// <summary>The algorithm's name in keys, and in signatures over the message itself.</summary>
    internal static ReadOnlySpan<byte> Algorithm => "Ed"u8;

    /// <summary>The 32 bytes of the key.</summary>
    public required ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>The line that other programs take on the command line: base64.</summary>
    public string ToLine()
    {
        var bytes = new byte[Length];
        Algorithm.CopyTo(bytes);
        Id.Write(bytes.AsSpan(IdOffset));
        Key.Span.CopyTo(bytes.AsSpan(KeyOffset));
        return Convert.ToBase64String(bytes);
    }

    /// <summary>The file: a comment and the key.</summary>
    public string ToText() => $"{CommentPrefix}minisign public key {Id}\n{ToLine()}\n";

    /// <summary>Reads the file, or the line alone.</summary>
    /// <exception cref="ImageException">IB7201: no such key.</exception>
    public static PublicKey Parse(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var line = lines switch
        {
            [var only] => only,
            [var comment, var key] when comment.StartsWith("untrusted comment:", StringComparison.Ordinal) => key,
            _ => throw Wrong("expected a line with a comment and one with the key"),
        };
        var bytes = new byte[Length];
        if (!Convert.TryFromBase64String(line, bytes, out var length) || length != Length)
            throw Wrong($"the key is not base64 of {Length} bytes");
        if (!bytes.AsSpan().StartsWith(Algorithm))
            throw Wrong("its algorithm is not Ed25519");
        return new PublicKey(KeyId.Read(bytes.AsSpan(IdOffset))) { Key = bytes.AsMemory(KeyOffset) };
    }

    public bool Equals(PublicKey? other) => other is not null && Id == other.Id && Key.Span.SequenceEqual(other.Key.Span);

    public override int GetHashCode() => Id.GetHashCode();

    private static ImageException Wrong(string what) => new(ImageErrorKind.Corrupt, "IB7201", $"public key: {what}; `imagebuilder keygen` and `minisign -G` make one");
}
