using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Interop;

/// <summary>posix_spawn(3) with file actions and attributes, pipe(2), pidfd_open(2), kill(2). These functions return the error number, and do not set errno, where it is said.</summary>
internal static partial class LibC
{
    private const nint SYS_pidfd_open = 434;
    public const int SIGKILL = 9;
    public const short POSIX_SPAWN_SETPGROUP = 2;
    public const short POSIX_SPAWN_SETSIGDEF = 4;
    public const short POSIX_SPAWN_SETSIGMASK = 8;

    /// <summary>More than posix_spawn_file_actions_t, posix_spawnattr_t or sigset_t take in any C library.</summary>
    public const int OpaqueLength = 512;

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int pipe2(int* pipefd, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int kill(int pid, int signal);

    /// <summary>Returns the error number.</summary>
    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawn_file_actions_init(byte* actions);

    /// <summary>Returns the error number.</summary>
    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawn_file_actions_destroy(byte* actions);

    /// <summary>Returns the error number.</summary>
    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawn_file_actions_adddup2(byte* actions, int fd, int newfd);

    /// <summary>Returns the error number.</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int posix_spawn_file_actions_addopen(byte* actions, int fd, string path, int flags, uint mode);

    /// <summary>Returns the error number.</summary>
    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawnattr_init(byte* attributes);

    /// <summary>Returns the error number.</summary>
    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawnattr_destroy(byte* attributes);

    /// <summary>Returns the error number.</summary>
    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawnattr_setflags(byte* attributes, short flags);

    /// <summary>Returns the error number.</summary>
    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawnattr_setpgroup(byte* attributes, int group);

    /// <summary>Returns the error number.</summary>
    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawnattr_setsigdefault(byte* attributes, byte* signals);

    /// <summary>Returns the error number.</summary>
    [LibraryImport(Library)]
    internal static unsafe partial int posix_spawnattr_setsigmask(byte* attributes, byte* signals);

    [LibraryImport(Library)]
    internal static unsafe partial int sigfillset(byte* signals);

    [LibraryImport(Library)]
    internal static unsafe partial int sigemptyset(byte* signals);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall_pidfd_open(nint number, int pid, uint flags);

    internal static SafeFileHandle pidfd_open(int pid) => new(syscall_pidfd_open(SYS_pidfd_open, pid, 0), ownsHandle: true);
}
