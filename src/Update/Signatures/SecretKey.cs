using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Update.Signatures.Interop;

namespace ImageBuilder.Update.Signatures;

/// <summary>
/// An Ed25519 secret key in minisign's format (jedisct1.github.io/minisign, "Secret key format"): the file is protected by a password, stretched by
/// scrypt, or by nothing but its permissions. Forgets the key when disposed.
/// </summary>
public sealed class SecretKey : IDisposable
{
    // signature algorithm, stretching, checksum algorithm, salt, operations, memory; then what the password protects: id, key, checksum
    private const int StretchOffset = 2, ChecksumAlgorithmOffset = 4, SaltOffset = 6, SaltLength = 32, OperationsOffset = SaltOffset + SaltLength, MemoryOffset = OperationsOffset + 8;
    private const int ProtectedOffset = MemoryOffset + 8;
    private const int IdOffset = ProtectedOffset, KeyOffset = IdOffset + KeyId.Length, ChecksumOffset = KeyOffset + LibSodium.SecretKeyLength;
    private const int Length = ChecksumOffset + Sodium.ChecksumLength;
    private const ulong MostMemory = 2UL << 30;

    private static ReadOnlySpan<byte> Scrypt => "Sc"u8;
    private static ReadOnlySpan<byte> Blake2b => "B2"u8;

    private readonly byte[] key;

    private SecretKey(KeyId id, byte[] key)
    {
        (Id, this.key) = (id, key);
        // The second half of an Ed25519 secret key, as libsodium keeps it, is the public key.
        Public = new PublicKey(id) { Key = key.AsMemory(LibSodium.SeedLength).ToArray() };
    }

    /// <summary>The cost of a password: libsodium's "sensitive" takes 1 GiB and about 3 s.</summary>
    /// <param name="Operations">CPU cost.</param>
    /// <param name="Memory">In bytes.</param>
    public readonly record struct Cost(ulong Operations, ulong Memory)
    {
        /// <summary>crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE and MEMLIMIT_SENSITIVE, as minisign takes.</summary>
        public static Cost Sensitive { get; } = new(33_554_432, 1_073_741_824);

        /// <summary>crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_INTERACTIVE and MEMLIMIT_INTERACTIVE.</summary>
        public static Cost Interactive { get; } = new(524_288, 16_777_216);
    }

    public KeyId Id { get; }

    /// <summary>The key that checks what this one signs.</summary>
    public PublicKey Public { get; }

    /// <summary>A new key.</summary>
    public static SecretKey Generate()
    {
        var (_, secret) = Sodium.NewKeyPair();
        return new SecretKey(KeyId.Read(Sodium.Random(KeyId.Length)), secret);
    }

    /// <summary>Signs a message: the BLAKE2b-512 of its bytes, and the trusted comment with it.</summary>
    /// <param name="message">Read to its end.</param>
    /// <param name="trustedComment">One line; part of what is signed.</param>
    public Signature Sign(Stream message, string trustedComment)
    {
        if (trustedComment.AsSpan().ContainsAny('\n', '\r'))
            throw new ArgumentException("a trusted comment is one line", nameof(trustedComment));
        var signature = Sodium.Sign(Sodium.Hash(message, Sodium.HashLength), key);
        return new Signature(Id, trustedComment)
        {
            Bytes = signature,
            CommentSignature = Sodium.Sign([.. signature, .. Encoding.UTF8.GetBytes(trustedComment)], key),
        };
    }

    /// <summary>The file.</summary>
    /// <param name="password">Null or empty: not protected.</param>
    /// <param name="cost">Of the password; null for <see cref="Cost.Sensitive"/>.</param>
    public string ToText(string? password, Cost? cost = null)
    {
        var bytes = new byte[Length];
        try
        {
            PublicKey.Algorithm.CopyTo(bytes);
            Blake2b.CopyTo(bytes.AsSpan(ChecksumAlgorithmOffset));
            Id.Write(bytes.AsSpan(IdOffset));
            key.CopyTo(bytes, KeyOffset);
            Checksum(bytes).CopyTo(bytes, ChecksumOffset);
            if (!string.IsNullOrEmpty(password))
            {
                var (operations, memory) = cost ?? Cost.Sensitive;
                Scrypt.CopyTo(bytes.AsSpan(StretchOffset));
                Sodium.Random(SaltLength).CopyTo(bytes, SaltOffset);
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(OperationsOffset), operations);
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(MemoryOffset), memory);
                Protect(bytes, password);
            }
            return $"untrusted comment: minisign {(string.IsNullOrEmpty(password) ? "unprotected " : "encrypted ")}secret key\n{Convert.ToBase64String(bytes)}\n";
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Whether a file asks for a password.</summary>
    /// <exception cref="ImageException">IB7202: no such file.</exception>
    public static bool IsProtected(string text) => Decode(text).AsSpan(StretchOffset).StartsWith(Scrypt);

    /// <summary>Reads the file.</summary>
    /// <param name="text">The file.</param>
    /// <param name="password">Null when there is none.</param>
    /// <exception cref="ImageException">IB7202: no such file; IB7203: wrong password, or the file is damaged.</exception>
    public static SecretKey Parse(string text, string? password)
    {
        var bytes = Decode(text);
        try
        {
            var isProtected = bytes.AsSpan(StretchOffset).StartsWith(Scrypt);
            if (!isProtected && (bytes[StretchOffset] != 0 || bytes[StretchOffset + 1] != 0))
                throw Wrong("its protection is not known here; expected scrypt or none");
            if (isProtected)
                Protect(bytes, password is { Length: > 0 } ? password : throw new ImageException(ImageErrorKind.Spec, "IB7203", "secret key: it is protected by a password, and none was given"));
            // `minisign -G -W` leaves the checksum zero; then only what the key signs tells whether it is whole.
            var hasChecksum = isProtected || bytes.AsSpan(ChecksumOffset).ContainsAnyExcept((byte)0);
            if (hasChecksum && !Checksum(bytes).AsSpan().SequenceEqual(bytes.AsSpan(ChecksumOffset)))
                throw Damaged(isProtected);
            var key = new SecretKey(KeyId.Read(bytes.AsSpan(IdOffset)), bytes[KeyOffset..ChecksumOffset]);
            if (hasChecksum || key.Sign(new MemoryStream(), "").IsBy(key.Public, []))
                return key;
            key.Dispose();
            throw Damaged(isProtected);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(key);

    private static byte[] Decode(string text)
    {
        var bytes = new byte[Length];
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines is not [var comment, var line] || !comment.StartsWith("untrusted comment:", StringComparison.Ordinal))
            throw Wrong("expected a line with a comment and one with the key");
        if (!Convert.TryFromBase64String(line, bytes, out var length) || length != Length)
            throw Wrong($"the key is not base64 of {Length} bytes");
        return bytes.AsSpan().StartsWith(PublicKey.Algorithm) && bytes.AsSpan(ChecksumAlgorithmOffset).StartsWith(Blake2b) ? bytes : throw Wrong("its algorithms are not Ed25519 and BLAKE2b");
    }

    private static byte[] Checksum(byte[] file) => Sodium.Hash([.. file[..StretchOffset], .. file[IdOffset..ChecksumOffset]], Sodium.ChecksumLength);

    // Encrypts and decrypts: an exclusive or with what the password is stretched to.
    private static void Protect(byte[] file, string password)
    {
        var operations = BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(OperationsOffset));
        var memory = BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(MemoryOffset));
        if (memory > MostMemory)
            throw Wrong($"its password asks for {memory} bytes of memory; at most {MostMemory} are taken");
        Span<byte> stream = stackalloc byte[Length - ProtectedOffset];
        if (!Sodium.TryStretch(Encoding.UTF8.GetBytes(password), file.AsSpan(SaltOffset, SaltLength), operations, memory, stream))
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB7204", $"secret key: the password needs {memory >> 20} MiB of memory, which this machine does not give");
        for (var i = 0; i < stream.Length; i++)
            file[ProtectedOffset + i] ^= stream[i];
        CryptographicOperations.ZeroMemory(stream);
    }

    private static ImageException Damaged(bool isProtected) =>
        new(ImageErrorKind.Corrupt, "IB7203", isProtected ? "secret key: the password is wrong, or the file is damaged" : "secret key: the file is damaged");

    private static ImageException Wrong(string what) => new(ImageErrorKind.Corrupt, "IB7202", $"secret key: {what}; `imagebuilder keygen` and `minisign -G` make one");
}
