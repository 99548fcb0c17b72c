using System.Runtime.InteropServices;
using ImageBuilder.Formats.Compression.Interop;

namespace ImageBuilder.Formats.Compression;

/// <summary>LZ4 by the reference library.</summary>
public static class Lz4
{
    /// <summary>The library's version, "1.9.4"; it decides the compressed bytes, so it belongs into every cache key.</summary>
    /// <exception cref="ImageException">IB2101: liblz4 is not installed.</exception>
    public static string Version
    {
        get
        {
            SharedLibrary.Require(LibLz4.Library, LibLz4.Package);
            return Marshal.PtrToStringUTF8(LibLz4.LZ4_versionString())!;
        }
    }
}
