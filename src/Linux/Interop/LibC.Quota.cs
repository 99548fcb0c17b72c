using System.Runtime.InteropServices;

namespace ImageBuilder.Linux.Interop;

/// <summary>quotactl_fd(2), Linux 5.14.</summary>
internal static partial class LibC
{
    private const nint SYS_quotactl_fd = 443;

    // linux/quota.h; a command and a type are one number: QCMD.
    public const uint Q_GETQUOTA = 0x800007;
    public const uint Q_SETQUOTA = 0x800008;
    public const uint PRJQUOTA = 2;
    public const uint QIF_BLIMITS = 1;
    public const int QIF_DQBLKSIZE = 1024;

    /// <summary>struct if_dqblk of linux/quota.h. Limits in units of <see cref="QIF_DQBLKSIZE"/> bytes, the space in bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RawIfDqblk
    {
        public ulong dqb_bhardlimit;
        public ulong dqb_bsoftlimit;
        public ulong dqb_curspace;
        public ulong dqb_ihardlimit;
        public ulong dqb_isoftlimit;
        public ulong dqb_curinodes;
        public ulong dqb_btime;
        public ulong dqb_itime;
        public uint dqb_valid;
    }

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial nint syscall_quotactl_fd(nint number, SafeHandle fd, nint command, nint id, RawIfDqblk* address);

    internal static unsafe int quotactl_fd(SafeHandle fd, uint command, uint id, RawIfDqblk* address) =>
        (int)syscall_quotactl_fd(SYS_quotactl_fd, fd, (nint)((command << 8) | PRJQUOTA), (nint)id, address);
}
