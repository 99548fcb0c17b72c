using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Sources.Interop;

/// <summary>The calls that make files of every kind below an open folder, so that no path is ever looked up twice.</summary>
internal static partial class Libc
{
    public const int O_WRONLY = 1;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public static readonly int O_DIRECTORY = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;
    public static readonly int O_NOFOLLOW = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;
    public const int EPERM = 1;
    public const int EINVAL = 22;
    public const uint RENAME_EXCHANGE = 2;
    public const long UTIME_OMIT = (1 << 30) - 2;

    /// <summary>openat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int openat(SafeFileHandle folder, byte[] name, int flags, uint mode);

    /// <summary>mkdirat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int mkdirat(SafeFileHandle folder, byte[] name, uint mode);

    /// <summary>mknodat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int mknodat(SafeFileHandle folder, byte[] name, uint mode, ulong device);

    /// <summary>symlinkat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int symlinkat(byte[] target, SafeFileHandle folder, byte[] name);

    /// <summary>linkat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int linkat(SafeFileHandle fromFolder, byte[] from, SafeFileHandle folder, byte[] name, int flags);

    /// <summary>fchownat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchownat(SafeFileHandle folder, byte[] name, uint owner, uint group, int flags);

    /// <summary>fchmodat(2); follows links, so not for them.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchmodat(SafeFileHandle folder, byte[] name, uint mode, int flags);

    /// <summary>utimensat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int utimensat(SafeFileHandle folder, byte[] name, [In] Timespec[] times, int flags);

    /// <summary>lsetxattr(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int lsetxattr(byte[] path, byte[] name, byte[] value, nint size, int flags);

    /// <summary>renameat2(2).</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int renameat2(int fromFolder, string from, int toFolder, string to, uint flags);

    /// <summary>A device number as glibc's makedev(3) makes it.</summary>
    public static ulong MakeDevice(uint major, uint minor) =>
        ((ulong)(major & 0xFFF) << 8) | ((ulong)(major & ~0xFFFu) << 32) | (minor & 0xFF) | ((ulong)(minor & ~0xFFu) << 12);

    /// <summary>struct timespec on 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
