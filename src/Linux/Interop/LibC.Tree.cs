using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Interop;

/// <summary>Calls on files of any kind. Paths are bytes that end with NUL: names on disk need not be UTF-8.</summary>
internal static partial class LibC
{
    public const uint RENAME_NOREPLACE = 1;
    public const ulong RESOLVE_NO_SYMLINKS = 4;
    public const ulong RESOLVE_BENEATH = 8;
    public const int SEEK_DATA = 3;
    public const int SEEK_HOLE = 4;

    private static readonly nint SYS_getdents64 = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 217 : 61;

    /// <summary>struct fsxattr of linux/fs.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RawFsxattr
    {
        public uint fsx_xflags;
        public uint fsx_extsize;
        public uint fsx_nextents;
        public uint fsx_projid;
        public uint fsx_cowextsize;
        private readonly uint pad0, pad1;
    }

    [LibraryImport(Library, SetLastError = true)]
    internal static partial SafeFileHandle open(byte[] pathname, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int statx(int dirfd, byte[] pathname, int flags, uint mask, RawStatx* statxbuf);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial nint syscall_openat2_bytes(nint number, SafeHandle dirfd, byte[] pathname, RawOpenHow* how, nint size);

    internal static unsafe int openat2(SafeHandle dirfd, byte[] pathname, RawOpenHow how) =>
        (int)syscall_openat2_bytes(SYS_openat2, dirfd, pathname, &how, RawOpenHow.Size);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial nint syscall_getdents64(nint number, SafeHandle fd, byte* buffer, nint count);

    internal static unsafe int getdents64(SafeHandle fd, byte* buffer, int count) => (int)syscall_getdents64(SYS_getdents64, fd, buffer, count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int mkdir(byte[] pathname, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int mknod(byte[] pathname, uint mode, ulong dev);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int symlink(byte[] target, byte[] linkpath);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint readlink(byte[] pathname, byte* buf, nint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int link(byte[] oldpath, byte[] newpath);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int renameat2(int olddirfd, byte[] oldpath, int newdirfd, byte[] newpath, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int unlink(byte[] pathname);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int rmdir(byte[] pathname);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int chmod(byte[] pathname, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int lchown(byte[] pathname, uint owner, uint group);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int utimensat(int dirfd, byte[] pathname, RawTimespec* times, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint llistxattr(byte[] path, byte* list, nint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint lgetxattr(byte[] path, byte[] name, byte* value, nint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int lsetxattr(byte[] path, byte[] name, byte* value, nint size, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int lremovexattr(byte[] path, byte[] name);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fsync(SafeHandle fd);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int syncfs(SafeHandle fd);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial long lseek(SafeHandle fd, long offset, int whence);
}
