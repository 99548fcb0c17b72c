using System.Runtime.InteropServices;

namespace ImageBuilder.Pipeline.Sources.Interop;

/// <summary>
/// The calls that look at a file and make files as bytes: .NET's own file API decodes names, and knows neither extended attributes nor
/// device numbers. Paths are NUL-terminated bytes.
/// </summary>
internal static partial class Libc
{
    public const int AT_FDCWD = -100;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const uint STATX_BASIC_STATS = 0x7FF;
    public const int O_RDONLY = 0;
    public const int O_CLOEXEC = 0x80000;
    public const int ENOTSUP = 95;

    /// <summary>statx(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int statx(int dirfd, byte[] path, int flags, uint mask, out Statx buffer);

    /// <summary>open(2) without O_CREAT, so without a mode.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int open(byte[] path, int flags);

    /// <summary>struct statx, linux/stat.h: 256 bytes, the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct Statx
    {
        [FieldOffset(28)] public ushort Mode;
    }
}
