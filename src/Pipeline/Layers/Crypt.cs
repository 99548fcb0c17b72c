using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Formats;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>Password hashes by libxcrypt (crypt(3), crypt(5)): SHA-512, which every C library's login understands.</summary>
internal static partial class Crypt
{
    private const int DataSize = 32768; // sizeof(struct crypt_data), crypt(3)
    private const string SaltCharacters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>
    /// Hashes a password. The salt comes from <paramref name="seed"/>, so that the same plan gives the same bytes; give each
    /// image and account a seed of its own.
    /// </summary>
    /// <exception cref="ImageException">IB4005: libcrypt is missing or refuses.</exception>
    public static string Hash(string password, string seed)
    {
        var salt = string.Concat(SHA256.HashData(Encoding.UTF8.GetBytes("imagebuilder password salt\n" + seed)).Take(16).Select(b => SaltCharacters[b & 63]));
        return Run(password, $"$6${salt}") ?? throw new ImageException(ImageErrorKind.Unsupported, "IB4005", "libcrypt refuses to hash a password with SHA-512");
    }

    /// <summary>True when a password has this hash, whatever the method; false too for a hash that libcrypt does not know.</summary>
    /// <exception cref="ImageException">IB4005: libcrypt is missing.</exception>
    public static bool Verify(string password, string hash) => hash.Length > 0 && Run(password, hash) is { } again && again == hash;

    private static string? Run(string password, string setting)
    {
        // The hash comes back as a pointer into this, so it must not move.
        var data = GC.AllocateArray<byte>(DataSize, pinned: true);
        try
        {
            var text = Marshal.PtrToStringUTF8(crypt_rn(password, setting, data, data.Length));
            GC.KeepAlive(data);
            return text;
        }
        catch (DllNotFoundException error)
        {
            throw new ImageException(ImageErrorKind.Io, "IB4005", "libcrypt.so.1 is not installed; apt-get install libcrypt1", error);
        }
    }

    [LibraryImport("libcrypt.so.1", StringMarshalling = StringMarshalling.Utf8)]
    private static partial IntPtr crypt_rn(string phrase, string setting, [Out] byte[] data, int size);
}
