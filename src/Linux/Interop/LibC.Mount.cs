using System.Runtime.InteropServices;

namespace ImageBuilder.Linux.Interop;

/// <summary>mount(2), and the file-descriptor based calls: fsopen(2), fsconfig(2), fsmount(2), move_mount(2).</summary>
internal static partial class LibC
{
    // One number on every architecture since 5.1 (asm-generic/unistd.h).
    private const nint SYS_move_mount = 429;
    private const nint SYS_fsopen = 430;
    private const nint SYS_fsconfig = 431;
    private const nint SYS_fsmount = 432;

    public const uint FSOPEN_CLOEXEC = 1;
    public const uint FSCONFIG_SET_FLAG = 0;
    public const uint FSCONFIG_SET_STRING = 1;
    public const uint FSCONFIG_CMD_CREATE = 6;
    public const uint FSMOUNT_CLOEXEC = 1;
    public const uint MOVE_MOUNT_F_EMPTY_PATH = 4;

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mount(string source, string target, string? filesystemtype, nuint mountflags, string? data);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int umount2(string target, int flags);

    // glibc has names for these only since 2.36.
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint syscall_fsopen(nint number, string fsname, nint flags);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint syscall_fsconfig(nint number, SafeHandle fd, nint command, string? key, string? value, nint aux);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall_fsmount(nint number, SafeHandle fd, nint flags, nint attributes);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint syscall_move_mount(nint number, SafeHandle from, string fromPath, nint to, string toPath, nint flags);

    internal static int fsopen(string fsname, uint flags) => (int)syscall_fsopen(SYS_fsopen, fsname, (nint)flags);

    internal static int fsconfig(SafeHandle fd, uint command, string? key, string? value) =>
        (int)syscall_fsconfig(SYS_fsconfig, fd, (nint)command, key, value, 0);

    internal static int fsmount(SafeHandle fd, uint flags, uint attributes) => (int)syscall_fsmount(SYS_fsmount, fd, (nint)flags, (nint)attributes);

    internal static int move_mount(SafeHandle from, string toPath) =>
        (int)syscall_move_mount(SYS_move_mount, from, "", AT_FDCWD, toPath, (nint)MOVE_MOUNT_F_EMPTY_PATH);
}
