using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Formats.Compression.Interop;

/// <summary>zstd.h of libzstd 1.4 and later.</summary>
internal static unsafe partial class LibZstd
{
    public const string Library = "libzstd.so.1";
    public const string Package = "libzstd1";

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer, which have the same layout.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Buffer
    {
        public byte* Data;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport(Library)]
    public static partial CompressionContext ZSTD_createCCtx();

    [LibraryImport(Library)]
    public static partial nuint ZSTD_freeCCtx(nint context);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_compressCCtx(CompressionContext context, byte* destination, nuint capacity, byte* source, nuint length, int level);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_compressBound(nuint length);

    [LibraryImport(Library)]
    public static partial DecompressionContext ZSTD_createDCtx();

    [LibraryImport(Library)]
    public static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_decompressDCtx(DecompressionContext context, byte* destination, nuint capacity, byte* source, nuint length);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_decompressStream(DecompressionContext context, Buffer* output, Buffer* input);

    [LibraryImport(Library)]
    public static partial uint ZSTD_isError(nuint code);

    [LibraryImport(Library)]
    public static partial nint ZSTD_getErrorName(nuint code);

    [LibraryImport(Library)]
    public static partial int ZSTD_getErrorCode(nuint code);

    [LibraryImport(Library)]
    public static partial nint ZSTD_versionString();

    /// <summary>ZSTD_error_dstSize_tooSmall of zstd_errors.h.</summary>
    public const int ErrorDestinationTooSmall = 70;

    /// <summary>ZSTD_error_frameParameter_windowTooLarge of zstd_errors.h.</summary>
    public const int ErrorWindowTooLarge = 16;

    public static string ErrorName(nuint code) => Marshal.PtrToStringUTF8(ZSTD_getErrorName(code)) ?? $"error {code}";

    /// <summary>A ZSTD_CCtx.</summary>
    public sealed class CompressionContext() : SafeHandleZeroOrMinusOneIsInvalid(true)
    {
        protected override bool ReleaseHandle() => ZSTD_freeCCtx(handle) == 0;
    }

    /// <summary>A ZSTD_DCtx.</summary>
    public sealed class DecompressionContext() : SafeHandleZeroOrMinusOneIsInvalid(true)
    {
        protected override bool ReleaseHandle() => ZSTD_freeDCtx(handle) == 0;
    }
}
