using System.Runtime.InteropServices;

namespace ImageBuilder.Linux.Interop;

/// <summary>mount(2), and the file-descriptor based calls: fsopen(2), fsconfig(2), fsmount(2), open_tree(2), mount_setattr(2), move_mount(2).</summary>
internal static partial class LibC
{
    // One number on every architecture since 5.1 (asm-generic/unistd.h).
    private const nint SYS_open_tree = 428;
    private const nint SYS_move_mount = 429;
    private const nint SYS_fsopen = 430;
    private const nint SYS_fsconfig = 431;
    private const nint SYS_fsmount = 432;
    private const nint SYS_mount_setattr = 442;
    private static readonly nint SYS_pivot_root = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 155 : 41;

    public const uint FSOPEN_CLOEXEC = 1;
    public const uint FSCONFIG_SET_FLAG = 0;
    public const uint FSCONFIG_SET_STRING = 1;
    public const uint FSCONFIG_CMD_CREATE = 6;
    public const uint FSMOUNT_CLOEXEC = 1;
    public const uint MOVE_MOUNT_F_EMPTY_PATH = 4;
    public const uint OPEN_TREE_CLONE = 1;
    public const int AT_RECURSIVE = 0x8000;
    public const ulong MOUNT_ATTR_RDONLY = 1;
    public const int CLONE_NEWNS = 0x20000;

    /// <summary>struct mount_attr of linux/mount.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RawMountAttr
    {
        public const int Size = 32;
        public ulong attr_set;
        public ulong attr_clr;
        public ulong propagation;
        public ulong userns_fd;
    }

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mount(string source, string target, string? filesystemtype, nuint mountflags, string? data);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int umount2(string target, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int unshare(int flags);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint syscall_pivot_root(nint number, string newRoot, string putOld);

    internal static int pivot_root(string newRoot, string putOld) => (int)syscall_pivot_root(SYS_pivot_root, newRoot, putOld);

    // glibc has names for these only since 2.36.
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint syscall_open_tree(nint number, nint dirfd, string pathname, nint flags);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint syscall_mount_setattr(nint number, SafeHandle dirfd, string pathname, nint flags, RawMountAttr* attributes, nint size);

    internal static int open_tree(string path, int flags) => (int)syscall_open_tree(SYS_open_tree, AT_FDCWD, path, flags);

    internal static unsafe int mount_setattr(SafeHandle mount, int flags, RawMountAttr attributes) =>
        (int)syscall_mount_setattr(SYS_mount_setattr, mount, "", AT_EMPTY_PATH | flags, &attributes, RawMountAttr.Size);

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
