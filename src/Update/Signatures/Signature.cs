using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Update.Signatures.Interop;

namespace ImageBuilder.Update.Signatures;

/// <summary>A signature in minisign's format (jedisct1.github.io/minisign, "Signature format"), over a message and over a comment that is trusted with it.</summary>
/// <param name="Key">The key that made it.</param>
/// <param name="TrustedComment">Signed with the message.</param>
public sealed record Signature(KeyId Key, string TrustedComment)
{
    /// <summary>What signature files are called: the message's name and this.</summary>
    public const string Extension = ".minisig";

    /// <summary>Bytes of a signature file that are read at most.</summary>
    public const int MaxLength = 8 << 10;

    private const string TrustedPrefix = "trusted comment: ";
    private const int IdOffset = 2, SignatureOffset = IdOffset + KeyId.Length, Length = SignatureOffset + LibSodium.SignatureLength;

    // Over the BLAKE2b-512 of the message. "Ed", over the message itself, is what minisign made before 0.10; nothing here does.
    private static ReadOnlySpan<byte> Prehashed => "ED"u8;

    /// <summary>Over the BLAKE2b-512 of the message.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>Over <see cref="Bytes"/> and the trusted comment.</summary>
    public required ReadOnlyMemory<byte> CommentSignature { get; init; }

    /// <summary>The file.</summary>
    public string ToText()
    {
        var bytes = new byte[Length];
        Prehashed.CopyTo(bytes);
        Key.Write(bytes.AsSpan(IdOffset));
        Bytes.Span.CopyTo(bytes.AsSpan(SignatureOffset));
        return $"untrusted comment: signature by key {Key}\n{Convert.ToBase64String(bytes)}\n{TrustedPrefix}{TrustedComment}\n{Convert.ToBase64String(CommentSignature.Span)}\n";
    }

    /// <summary>Reads the file; says nothing yet about whether it is right.</summary>
    /// <exception cref="ImageException">IB7205: no such file.</exception>
    public static Signature Parse(string text)
    {
        var lines = text.TrimEnd('\n').Split('\n').Select(line => line.TrimEnd('\r')).ToArray();
        if (lines is not [var comment, var signature, var trusted, var global] || !comment.StartsWith("untrusted comment:", StringComparison.Ordinal)
            || !trusted.StartsWith(TrustedPrefix, StringComparison.Ordinal))
            throw Wrong("expected four lines: a comment, the signature, a trusted comment, its signature");
        var bytes = new byte[Length];
        var commentSignature = new byte[LibSodium.SignatureLength];
        if (!Convert.TryFromBase64String(signature, bytes, out var length) || length != Length
            || !Convert.TryFromBase64String(global, commentSignature, out length) || length != commentSignature.Length)
            throw Wrong("its second or fourth line is no base64 of a signature");
        if (!bytes.AsSpan().StartsWith(Prehashed))
            throw Wrong("it is not over the message's hash (ED), as minisign 0.10 and later make them");
        return new Signature(KeyId.Read(bytes.AsSpan(IdOffset)), trusted[TrustedPrefix.Length..]) { Bytes = bytes.AsMemory(SignatureOffset), CommentSignature = commentSignature };
    }

    /// <summary>Whether the key made this signature for exactly this message and comment.</summary>
    public bool IsBy(PublicKey key, Stream message) => key.Id == Key
        && Sodium.Verify(Bytes.Span, Sodium.Hash(message, Sodium.HashLength), key.Key.Span)
        && Sodium.Verify(CommentSignature.Span, [.. Bytes.Span, .. Encoding.UTF8.GetBytes(TrustedComment)], key.Key.Span);

    /// <inheritdoc cref="IsBy(PublicKey, Stream)"/>
    public bool IsBy(PublicKey key, byte[] message)
    {
        using var stream = new MemoryStream(message, writable: false);
        return IsBy(key, stream);
    }

    private static ImageException Wrong(string what) => new(ImageErrorKind.Corrupt, "IB7205", $"signature: {what}");
}
