using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Interop;

/// <summary>The calls that make files of every kind below an open folder, so that no path is ever looked up twice.</summary>
internal static partial class LibC
{
    public const int O_CREAT = 0x40;
    public static readonly int O_DIRECTORY = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;
    public static readonly int O_NOFOLLOW = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;
    public const uint RENAME_EXCHANGE = 2;
    public const long UTIME_OMIT = (1 << 30) - 2;

    /// <summary>openat(2).</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int openat(SafeFileHandle folder, byte[] name, int flags, uint mode);

    /// <summary>mkdirat(2).</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int mkdirat(SafeFileHandle folder, byte[] name, uint mode);

    /// <summary>mknodat(2).</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int mknodat(SafeFileHandle folder, byte[] name, uint mode, ulong device);

    /// <summary>symlinkat(2).</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int symlinkat(byte[] target, SafeFileHandle folder, byte[] name);

    /// <summary>linkat(2).</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int linkat(SafeFileHandle fromFolder, byte[] from, SafeFileHandle folder, byte[] name, int flags);

    /// <summary>fchownat(2).</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchownat(SafeFileHandle folder, byte[] name, uint owner, uint group, int flags);

    /// <summary>fchmodat(2); follows links, so not for them.</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchmodat(SafeFileHandle folder, byte[] name, uint mode, int flags);

    /// <summary>utimensat(2).</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int utimensat(SafeFileHandle folder, byte[] name, [In] RawTimespec[] times, int flags);

    /// <summary>lsetxattr(2).</summary>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int lsetxattr(byte[] path, byte[] name, byte[] value, nint size, int flags);

    /// <summary>renameat2(2).</summary>
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int renameat2(int fromFolder, string from, int toFolder, string to, uint flags);

    /// <summary>A device number as glibc's makedev(3) makes it.</summary>
    internal static ulong MakeDevice(uint major, uint minor) =>
        ((ulong)(major & 0xFFF) << 8) | ((ulong)(major & ~0xFFFu) << 32) | (minor & 0xFF) | ((ulong)(minor & ~0xFFu) << 12);
}
