using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace ImageBuilder.Linux;

/// <summary>
/// SHA-256's compression by the system's libcrypto (OpenSSL, openssl/sha.h), where it is installed: by the processor's own instructions it is five times as fast as <see cref="Sha256"/>, and
/// .NET has those of ARM only. A static program has no libraries: there the switch is off, and none of this is in it.
/// </summary>
internal static unsafe class SystemSha256
{
    private const string Switch = "ImageBuilder.SystemSha256";
    private const int BlockLength = 64;

    /// <summary>Whether this program may ask libcrypto.</summary>
    [FeatureSwitchDefinition(Switch)]
    public static bool IsOn => AppContext.TryGetSwitch(Switch, out var isOn) && isOn;

    /// <summary>Takes whole blocks into the state (FIPS 180-4 §6.2.2); false, and nothing done, when there is no libcrypto.</summary>
    public static bool TryCompress(uint[] state, ReadOnlySpan<byte> blocks)
    {
        if (Library.Update is not { } update)
            return false;
        Compress(update, state, blocks);
        return true;
    }

    private static void Compress(nint update, uint[] state, ReadOnlySpan<byte> blocks)
    {
        Context context = default;
        state.CopyTo(new Span<uint>(context.State, state.Length));
        fixed (byte* data = blocks)
            ((delegate* unmanaged<Context*, byte*, nuint, int>)update)(&context, data, (nuint)blocks.Length);
        new Span<uint>(context.State, state.Length).CopyTo(state);
    }

    /// <summary>SHA256_CTX, 112 bytes. With no partial block in it (Count = 0) the function takes whole blocks and nothing but the state changes that matters.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Context
    {
        public fixed uint State[8];
        public uint BitsLow, BitsHigh;
        public fixed uint Data[16];
        public uint Count, DigestLength;
    }

    /// <summary>Looked for once, when the first large message comes.</summary>
    private static class Library
    {
        /// <summary>SHA256_Update; null when there is none, or one that does not give what the standard says.</summary>
        public static readonly nint? Update = Find();

        private static nint? Find()
        {
            foreach (var name in (string[])["libcrypto.so.3", "libcrypto.so.1.1"])
                if (NativeLibrary.TryLoad(name, out var library))
                    return NativeLibrary.TryGetExport(library, "SHA256_Update", out var update) && IsRight(update) ? update : null;
            return null;
        }

        private static bool IsRight(nint update)
        {
            var (expected, found) = (new uint[8], new uint[8]);
            var blocks = new byte[2 * BlockLength];
            for (var i = 0; i < blocks.Length; i++)
                blocks[i] = (byte)(i * 37);
            Sha256.CompressHere(expected, blocks);
            Compress(update, found, blocks);
            return expected.AsSpan().SequenceEqual(found);
        }
    }
}
