using System.Runtime.InteropServices;

namespace ImageBuilder.Update.Signatures.Interop;

/// <summary>sodium.h of libsodium 1.0.18 and later (doc.libsodium.org).</summary>
internal static unsafe partial class LibSodium
{
    public const string Library = "libsodium.so.23";
    public const string Package = "libsodium23";

    public const int PublicKeyLength = 32, SecretKeyLength = 64, SignatureLength = 64, SeedLength = 32;

    /// <summary>crypto_generichash_statebytes(); to be aligned to <see cref="HashStateAlignment"/>.</summary>
    public const int HashStateLength = 384, HashStateAlignment = 64;

    [LibraryImport(Library)]
    public static partial int sodium_init();

    [LibraryImport(Library)]
    public static partial void sodium_memzero(byte* data, nuint length);

    [LibraryImport(Library)]
    public static partial void randombytes_buf(byte* data, nuint length);

    [LibraryImport(Library)]
    public static partial int crypto_sign_keypair(byte* publicKey, byte* secretKey);

    [LibraryImport(Library)]
    public static partial int crypto_sign_detached(byte* signature, ulong* length, byte* message, ulong messageLength, byte* secretKey);

    [LibraryImport(Library)]
    public static partial int crypto_sign_verify_detached(byte* signature, byte* message, ulong messageLength, byte* publicKey);

    [LibraryImport(Library)]
    public static partial int crypto_generichash_init(byte* state, byte* key, nuint keyLength, nuint hashLength);

    [LibraryImport(Library)]
    public static partial int crypto_generichash_update(byte* state, byte* data, ulong length);

    [LibraryImport(Library)]
    public static partial int crypto_generichash_final(byte* state, byte* hash, nuint hashLength);

    [LibraryImport(Library)]
    public static partial int crypto_pwhash_scryptsalsa208sha256(byte* output, ulong outputLength, byte* password, ulong passwordLength, byte* salt, ulong operations, nuint memory);
}
