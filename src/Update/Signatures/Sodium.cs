using System.Runtime.InteropServices;
using ImageBuilder.Formats;
using ImageBuilder.Update.Signatures.Interop;

namespace ImageBuilder.Update.Signatures;

/// <summary>The few primitives that minisign needs, by libsodium.</summary>
internal static unsafe class Sodium
{
    public const int HashLength = 64;
    public const int ChecksumLength = 32;

    private static readonly Lazy<bool> Ready = new(() => LibSodium.sodium_init() >= 0);

    /// <exception cref="ImageException">IB7200: libsodium is not on this machine.</exception>
    public static void Require()
    {
        try
        {
            if (Ready.Value)
                return;
        }
        catch (DllNotFoundException)
        {
            // Told below, with the package's name.
        }
        throw new ImageException(ImageErrorKind.Io, "IB7200", $"the shared library {LibSodium.Library} was not found; install the package {LibSodium.Package}");
    }

    public static (byte[] Public, byte[] Secret) NewKeyPair()
    {
        Require();
        var (publicKey, secretKey) = (new byte[LibSodium.PublicKeyLength], new byte[LibSodium.SecretKeyLength]);
        fixed (byte* p = publicKey, s = secretKey)
            Check(LibSodium.crypto_sign_keypair(p, s), "crypto_sign_keypair");
        return (publicKey, secretKey);
    }

    public static byte[] Random(int length)
    {
        Require();
        var bytes = new byte[length];
        fixed (byte* b = bytes)
            LibSodium.randombytes_buf(b, (nuint)length);
        return bytes;
    }

    public static byte[] Sign(ReadOnlySpan<byte> message, ReadOnlySpan<byte> secretKey)
    {
        Require();
        var signature = new byte[LibSodium.SignatureLength];
        fixed (byte* s = signature, m = message, k = secretKey)
            Check(LibSodium.crypto_sign_detached(s, null, m, (ulong)message.Length, k), "crypto_sign_detached");
        return signature;
    }

    public static bool Verify(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> message, ReadOnlySpan<byte> publicKey)
    {
        Require();
        fixed (byte* s = signature, m = message, k = publicKey)
            return LibSodium.crypto_sign_verify_detached(s, m, (ulong)message.Length, k) == 0;
    }

    /// <summary>BLAKE2b of a stream (RFC 7693).</summary>
    /// <param name="data">Read to its end.</param>
    /// <param name="length">Bytes of the hash.</param>
    public static byte[] Hash(Stream data, int length)
    {
        Require();
        var state = (byte*)NativeMemory.AlignedAlloc(LibSodium.HashStateLength, LibSodium.HashStateAlignment);
        try
        {
            Check(LibSodium.crypto_generichash_init(state, null, 0, (nuint)length), "crypto_generichash_init");
            var buffer = new byte[64 << 10];
            for (int read; (read = data.Read(buffer)) > 0;)
                fixed (byte* b = buffer)
                    Check(LibSodium.crypto_generichash_update(state, b, (ulong)read), "crypto_generichash_update");
            var hash = new byte[length];
            fixed (byte* h = hash)
                Check(LibSodium.crypto_generichash_final(state, h, (nuint)length), "crypto_generichash_final");
            return hash;
        }
        finally
        {
            NativeMemory.AlignedFree(state);
        }
    }

    public static byte[] Hash(ReadOnlySpan<byte> data, int length)
    {
        using var stream = new MemoryStream(data.ToArray());
        return Hash(stream, length);
    }

    /// <summary>scrypt (RFC 7914) with libsodium's cost parameters; false when there is not enough memory.</summary>
    public static bool TryStretch(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, ulong operations, ulong memory, Span<byte> output)
    {
        Require();
        fixed (byte* o = output, p = password, s = salt)
            return LibSodium.crypto_pwhash_scryptsalsa208sha256(o, (ulong)output.Length, p, (ulong)password.Length, s, operations, (nuint)memory) == 0;
    }

    private static void Check(int result, string call)
    {
        if (result != 0)
            throw new InvalidOperationException($"{call} failed");
    }
}
