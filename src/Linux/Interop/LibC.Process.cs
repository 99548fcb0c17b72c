using System.Runtime.InteropServices;

namespace ImageBuilder.Linux.Interop;

/// <summary>execve(2), posix_spawn(3), waitpid(2), reboot(2), setsid(2), signal(2), clock_gettime(2), clock_settime(2), geteuid(2).</summary>
internal static partial class LibC
{
    public const int CLOCK_REALTIME = 0;
    public const int CLOCK_BOOTTIME = 7;
    public const int WNOHANG = 1;
    public const int SIG_SETMASK = 2;
    public const int SIGRTMAX = 64;
    public const nint SIG_DFL = 0;

    /// <summary>struct timespec of a 64-bit system.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RawTimespec
    {
        public long tv_sec;
        public long tv_nsec;
    }

    /// <summary>struct utsname: six fields of 65 bytes.</summary>
    [System.Runtime.CompilerServices.InlineArray(6 * UtsFieldLength)]
    internal struct RawUtsname
    {
        public const int UtsFieldLength = 65;
        public const int ReleaseField = 2;
        private byte first;
    }

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int execve(byte* pathname, byte** argv, byte** envp);

    /// <summary>Returns the error number, and does not set errno.</summary>
    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawn(int* pid, byte* path, void* fileActions, void* attributes, byte** argv, byte** envp);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int waitpid(int pid, int* status, int options);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int reboot(int cmd);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setsid();

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint signal(int signum, nint handler);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int sigprocmask(int how, ulong* set, ulong* oldset);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int clock_gettime(int clockid, RawTimespec* tp);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int clock_settime(int clockid, RawTimespec* tp);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int uname(RawUtsname* buf);

    [LibraryImport(Library)]
    internal static partial uint geteuid();
}
