using System.Runtime.InteropServices;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Interop;

namespace ImageBuilder.Linux.Tests.Interop;

/// <summary>Every structure handed to the kernel, checked against the C compiler's headers; no structure escapes.</summary>
public class LayoutTests
{
    private static readonly (Type Type, string Name, string[] Fields)[] Structures =
    [
        (typeof(LibC.RawStatx), "struct statx", ["stx_mask", "stx_nlink", "stx_uid", "stx_gid", "stx_mode", "stx_ino", "stx_size", "stx_blocks", "stx_atime", "stx_mtime", "stx_rdev_major", "stx_rdev_minor", "stx_dev_major", "stx_dev_minor"]),
        (typeof(LibC.RawStatxTimestamp), "struct statx_timestamp", ["tv_sec", "tv_nsec"]),
        (typeof(LibC.RawFsxattr), "struct fsxattr", ["fsx_xflags", "fsx_extsize", "fsx_nextents", "fsx_projid", "fsx_cowextsize"]),
        (typeof(LibC.RawIfDqblk), "struct if_dqblk", ["dqb_bhardlimit", "dqb_curspace", "dqb_valid"]),
        (typeof(LibC.RawTimespec), "struct timespec", ["tv_sec", "tv_nsec"]),
        (typeof(LibC.RawSockaddrNl), "struct sockaddr_nl", ["nl_family", "nl_pid", "nl_groups"]),
        (typeof(LibC.RawPollfd), "struct pollfd", ["fd", "events", "revents"]),
        (typeof(LibC.RawMountAttr), "struct mount_attr", ["attr_set", "attr_clr", "propagation", "userns_fd"]),
        (typeof(LibC.RawOpenHow), "struct open_how", ["flags", "mode", "resolve"]),
        (typeof(LibC.RawUtsname), "struct utsname", []),
        (typeof(BlockPartitions.RawBlkpgPartition), "struct blkpg_partition", ["start", "length", "pno"]),
        (typeof(BlockPartitions.RawBlkpgIoctlArg), "struct blkpg_ioctl_arg", ["op", "flags", "datalen", "data"]),
        (typeof(LoopDevice.RawLoopInfo64), "struct loop_info64", ["lo_offset", "lo_sizelimit", "lo_number", "lo_flags"]),
        (typeof(LoopDevice.RawLoopConfig), "struct loop_config", ["fd", "block_size", "info"]),
    ];

    [ToolFact("clang")]
    public void Sizes_and_offsets_are_those_of_the_headers()
    {
        using var folder = new TempFolder();
        var asserts = Structures.SelectMany(structure => structure.Fields
            .Select(field => $"_Static_assert(offsetof({structure.Name}, {field}) == {Marshal.OffsetOf(structure.Type, field)}, \"{structure.Name}.{field}\");")
            .Prepend($"_Static_assert(sizeof({structure.Name}) == {SizeOf(structure.Type)}, \"{structure.Name}\");"));
        File.WriteAllText(folder["check.c"], $$"""
            #define _GNU_SOURCE
            #include <stddef.h>
            #include <fcntl.h>
            #include <unistd.h>
            #include <stdio.h>
            #include <signal.h>
            #include <spawn.h>
            #include <poll.h>
            #include <time.h>
            #include <sys/stat.h>
            #include <sys/socket.h>
            #include <sys/utsname.h>
            #include <sys/reboot.h>
            #include <sys/syscall.h>
            #include <linux/mount.h>
            #include <linux/netlink.h>
            #include <linux/openat2.h>
            #include <linux/fs.h>
            #include <linux/loop.h>
            #include <linux/blkpg.h>
            #include <linux/quota.h>
            #include <linux/watchdog.h>
            _Static_assert(LOOP_CONFIGURE == 0x4c0a && LOOP_CTL_GET_FREE == 0x4c82 && LOOP_GET_STATUS64 == 0x4c05 && LOOP_CLR_FD == 0x4c01, "loop");
            _Static_assert(BLKRRPART == 0x125f && BLKFLSBUF == 0x1261 && BLKSSZGET == 0x1268 && BLKGETSIZE64 == 0x80081272 && BLKZEROOUT == 0x127f, "block devices");
            _Static_assert(BLKPG == 0x1269 && BLKPG_ADD_PARTITION == 1 && BLKPG_RESIZE_PARTITION == 3 && FIGETBSZ == 2, "partitions");
            _Static_assert(FS_IOC_GETFLAGS == 0x80086601 && FS_IOC_SETFLAGS == 0x40086602 && FS_IOC_FSGETXATTR == 0x801c581f && FS_IOC_FSSETXATTR == 0x401c5820, "flags");
            _Static_assert(FS_XFLAG_PROJINHERIT == 0x200 && FS_IMMUTABLE_FL == 0x10 && FS_APPEND_FL == 0x20 && FICLONE == 0x40049409, "flags");
            _Static_assert(SEEK_DATA == 3 && SEEK_HOLE == 4 && RENAME_NOREPLACE == 1 && O_CREAT == 0x40 && O_NOFOLLOW == {{LibC.O_NOFOLLOW}}, "files");
            _Static_assert(RESOLVE_NO_SYMLINKS == {{LibC.RESOLVE_NO_SYMLINKS}} && RESOLVE_BENEATH == {{LibC.RESOLVE_BENEATH}}, "openat2");
            _Static_assert(O_EXCL == 0x80 && O_DIRECT == {{LibC.O_DIRECT}} && POSIX_FADV_DONTNEED == 4, "open");
            _Static_assert(WDIOC_KEEPALIVE == 0x80045705 && WDIOC_SETTIMEOUT == 0xc0045706, "watchdog");
            _Static_assert(SYS_fsopen == 430 && SYS_fsconfig == 431 && SYS_fsmount == 432 && SYS_move_mount == 429 && SYS_openat2 == 437 && SYS_open_tree == 428 && SYS_mount_setattr == 442 && SYS_pidfd_open == 434, "calls");
            _Static_assert(POSIX_SPAWN_SETPGROUP == 2 && POSIX_SPAWN_SETSIGDEF == 4 && POSIX_SPAWN_SETSIGMASK == 8 && SIGKILL == 9 && CLOCK_REALTIME == 0, "spawn");
            _Static_assert(sizeof(posix_spawn_file_actions_t) <= {{LibC.OpaqueLength}} && sizeof(posix_spawnattr_t) <= {{LibC.OpaqueLength}} && sizeof(sigset_t) <= {{LibC.OpaqueLength}}, "spawn");
            _Static_assert(SYS_quotactl_fd == 443 && Q_GETQUOTA == 0x800007 && Q_SETQUOTA == 0x800008 && PRJQUOTA == 2 && QIF_BLIMITS == 1, "quota");
            _Static_assert(RB_AUTOBOOT == 0x01234567 && RB_POWER_OFF == 0x4321fedc && RB_HALT_SYSTEM == (int)0xcdef0123 && RB_KEXEC == 0x45584543, "reboot");
            #ifdef __x86_64__
            _Static_assert(SYS_getdents64 == 217, "getdents64");
            _Static_assert(SYS_finit_module == 313, "finit_module");
            #endif

            """ + string.Join('\n', asserts) + "\n");

        Tool.Run("clang", "-fsyntax-only", folder["check.c"]);
    }

    [Fact]
    public void No_structure_escapes_the_check()
    {
        var all = typeof(Errno).Assembly.GetTypes().Where(type => type is { IsValueType: true, IsEnum: false } && type.Name.StartsWith("Raw", StringComparison.Ordinal));
        Assert.Equal(all.OrderBy(type => type.Name), Structures.Select(structure => structure.Type).OrderBy(type => type.Name));
    }

    private static int SizeOf(Type type) =>
        (int)typeof(System.Runtime.CompilerServices.Unsafe).GetMethod("SizeOf")!.MakeGenericMethod(type).Invoke(null, null)!;
}
