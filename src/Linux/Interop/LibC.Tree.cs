using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Interop;

/// <summary>
/// The calls that read a folder as bytes: .NET's own file API decodes names, and knows neither extended attributes nor device numbers.
/// Paths are NUL-terminated bytes.
/// </summary>
internal static partial class LibC
{
    public const int AT_EMPTY_PATH = 0x1000;

    /// <summary>statx(2).</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int statx(int dirfd, byte[] path, int flags, uint mask, out RawStatx buffer);

    /// <summary>statx(2) of an open file, with an empty path and AT_EMPTY_PATH.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int statx(SafeFileHandle file, byte[] path, int flags, uint mask, out RawStatx buffer);

    /// <summary>readlink(2).</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint readlink(byte[] path, [Out] byte[] buffer, nint size);

    /// <summary>llistxattr(2).</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint llistxattr(byte[] path, [Out] byte[]? list, nint size);

    /// <summary>lgetxattr(2).</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint lgetxattr(byte[] path, byte[] name, [Out] byte[]? value, nint size);

    /// <summary>open(2) without O_CREAT, so without a mode.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int open(byte[] path, int flags);

    /// <summary>getdents64(2).</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint getdents64(SafeFileHandle directory, [Out] byte[] buffer, nint size);
}
