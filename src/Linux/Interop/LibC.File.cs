using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Interop;

/// <summary>The C library, one file per family of calls, names as in the man pages.</summary>
internal static partial class LibC
{
    private const string Library = "libc";

    // fcntl.h, x86-64 and arm64 alike for these
    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_RDWR = 2;
    public const int O_EXCL = 0x80;
    public const int O_NOCTTY = 0x100;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public const int AT_FDCWD = -100;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const int AT_EMPTY_PATH = 0x1000;

    public const uint STATX_BASIC_STATS = 0x7ff;

    /// <summary>The one flag of these that differs: asm/fcntl.h of arm64 has its own.</summary>
    public static int O_DIRECT => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x10000 : 0x4000;

    /// <summary>struct statx of linux/stat.h; the fields in use.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct RawStatx
    {
        [FieldOffset(0)] public uint stx_mask;
        [FieldOffset(16)] public uint stx_nlink;
        [FieldOffset(20)] public uint stx_uid;
        [FieldOffset(24)] public uint stx_gid;
        [FieldOffset(28)] public ushort stx_mode;
        [FieldOffset(32)] public ulong stx_ino;
        [FieldOffset(40)] public ulong stx_size;
        [FieldOffset(48)] public ulong stx_blocks;
        [FieldOffset(64)] public RawStatxTimestamp stx_atime;
        [FieldOffset(112)] public RawStatxTimestamp stx_mtime;
        [FieldOffset(128)] public uint stx_rdev_major;
        [FieldOffset(132)] public uint stx_rdev_minor;
        [FieldOffset(136)] public uint stx_dev_major;
        [FieldOffset(140)] public uint stx_dev_minor;
    }

    /// <summary>struct statx_timestamp of linux/stat.h.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 16)]
    internal struct RawStatxTimestamp
    {
        [FieldOffset(0)] public long tv_sec;
        [FieldOffset(8)] public uint tv_nsec;
    }

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial SafeFileHandle open(string pathname, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint read(SafeHandle fd, byte* buf, nint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint write(SafeHandle fd, byte* buf, nint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int ioctl(SafeHandle fd, nuint request, void* argument);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ioctl(SafeHandle fd, nuint request, nint argument);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int statx(int dirfd, string pathname, int flags, uint mask, out RawStatx statxbuf);

    /// <summary>Of an open file: with an empty path, and AT_EMPTY_PATH.</summary>
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int statx(SafeHandle file, string pathname, int flags, uint mask, RawStatx* statxbuf);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int chdir(string path);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int chroot(string path);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int access(string pathname, int mode);

    [LibraryImport(Library)]
    internal static partial int isatty(int fd);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int dup2(int oldfd, int newfd);

    /// <summary>Returns the error number itself.</summary>
    [LibraryImport(Library)]
    internal static partial int posix_fadvise(SafeHandle fd, long offset, long len, int advice);

    [LibraryImport(Library)]
    internal static partial void sync();
}
