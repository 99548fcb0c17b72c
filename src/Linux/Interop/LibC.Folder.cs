using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Interop;

/// <summary>The calls that read a folder as bytes: paths are NUL-terminated bytes, since Linux gives names no encoding.</summary>
internal static partial class LibC
{
    public const int AT_EMPTY_PATH = 0x1000;

    /// <summary>asm/fcntl.h of arm64 has its own.</summary>
    public static int O_NOFOLLOW => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int statx(int dirfd, byte[] pathname, int flags, uint mask, RawStatx* statxbuf);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int statx(SafeHandle file, byte[] pathname, int flags, uint mask, RawStatx* statxbuf);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial SafeFileHandle open(byte[] pathname, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint readlink(byte[] path, [Out] byte[] buf, nint bufsiz);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint llistxattr(byte[] path, [Out] byte[]? list, nint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint lgetxattr(byte[] path, byte[] name, [Out] byte[]? value, nint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint getdents64(SafeHandle fd, [Out] byte[] dirp, nint count);
}
