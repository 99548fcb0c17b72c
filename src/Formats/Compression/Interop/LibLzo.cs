using System.Runtime.InteropServices;

namespace ImageBuilder.Formats.Compression.Interop;

/// <summary>lzo1x.h of liblzo2 2.10.</summary>
internal static unsafe partial class LibLzo
{
    public const string Library = "liblzo2.so.2";
    public const string Package = "liblzo2-2";

    [LibraryImport(Library)]
    public static partial int lzo1x_decompress_safe(byte* source, nuint length, byte* destination, nuint* capacity, void* unused);
}
