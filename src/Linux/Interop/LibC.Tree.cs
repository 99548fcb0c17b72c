using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Sources.Interop;

/// <summary>
/// The calls that read a folder as bytes: .NET's own file API decodes names, and knows neither extended attributes nor device numbers.
/// Paths are NUL-terminated bytes.
/// </summary>
internal static partial class Libc
{
    public const int AT_FDCWD = -100;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const uint STATX_BASIC_STATS = 0x7FF;
    public const int AT_EMPTY_PATH = 0x1000;
    public const int O_RDONLY = 0;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public const int ENODATA = 61;
    public const int ENOTSUP = 95;

    /// <summary>statx(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int statx(int dirfd, byte[] path, int flags, uint mask, out Statx buffer);

    /// <summary>statx(2) of an open file, with an empty path and AT_EMPTY_PATH.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int statx(SafeFileHandle file, byte[] path, int flags, uint mask, out Statx buffer);

    /// <summary>readlink(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint readlink(byte[] path, [Out] byte[] buffer, nint size);

    /// <summary>llistxattr(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint llistxattr(byte[] path, [Out] byte[]? list, nint size);

    /// <summary>lgetxattr(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint lgetxattr(byte[] path, byte[] name, [Out] byte[]? value, nint size);

    /// <summary>open(2) without O_CREAT, so without a mode.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int open(byte[] path, int flags);

    /// <summary>getdents64(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint getdents64(SafeFileHandle directory, [Out] byte[] buffer, nint size);

    /// <summary>struct statx, linux/stat.h: 256 bytes, the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct Statx
    {
        [FieldOffset(16)] public uint LinkCount;
        [FieldOffset(20)] public uint Uid;
        [FieldOffset(24)] public uint Gid;
        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(40)] public ulong Size;
        [FieldOffset(112)] public long ModifiedSeconds;
        [FieldOffset(120)] public uint ModifiedNanoseconds;
        [FieldOffset(128)] public uint RdevMajor;
        [FieldOffset(132)] public uint RdevMinor;
        [FieldOffset(136)] public uint DeviceMajor;
        [FieldOffset(140)] public uint DeviceMinor;
    }
}
