using System.Runtime.InteropServices;

namespace ImageBuilder.Linux.Interop;

/// <summary>openat2(2), Linux 5.6.</summary>
internal static partial class LibC
{
    private const nint SYS_openat2 = 437;
    public const ulong RESOLVE_IN_ROOT = 0x10;
    public const int O_PATH = 0x200000;

    /// <summary>struct open_how of linux/openat2.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RawOpenHow
    {
        public const int Size = 24;
        public ulong flags;
        public ulong mode;
        public ulong resolve;
    }

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint syscall_openat2(nint number, SafeHandle dirfd, string pathname, RawOpenHow* how, nint size);

    internal static unsafe int openat2(SafeHandle dirfd, string pathname, RawOpenHow how) =>
        (int)syscall_openat2(SYS_openat2, dirfd, pathname, &how, RawOpenHow.Size);
}
