using System.Runtime.InteropServices;

namespace ImageBuilder.Formats.Compression.Interop;

/// <summary>lz4.h and lz4hc.h of liblz4 1.9 and later.</summary>
internal static unsafe partial class LibLz4
{
    public const string Library = "liblz4.so.1";
    public const string Package = "liblz4-1";

    [LibraryImport(Library)]
    public static partial int LZ4_sizeofState();

    [LibraryImport(Library)]
    public static partial int LZ4_sizeofStateHC();

    [LibraryImport(Library)]
    public static partial int LZ4_compress_fast_extState(void* state, byte* source, byte* destination, int length, int capacity, int acceleration);

    [LibraryImport(Library)]
    public static partial int LZ4_compress_HC_extStateHC(void* state, byte* source, byte* destination, int length, int capacity, int level);

    [LibraryImport(Library)]
    public static partial int LZ4_decompress_safe(byte* source, byte* destination, int length, int capacity);

    [LibraryImport(Library)]
    public static partial nint LZ4_versionString();
}
