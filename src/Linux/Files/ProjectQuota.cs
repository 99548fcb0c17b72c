using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Files;

/// <summary>
/// Limits on what the folders of a project hold, quotactl(2). ext4 lets programs that may exceed resource limits (CAP_SYS_RESOURCE), root's among
/// them, pass a limit; overlayfs writes without that right, so that below an overlay a limit holds for everybody.
/// </summary>
public sealed class ProjectQuota : IDisposable
{
    private readonly SafeFileHandle folder;
    private readonly string mount;

    private ProjectQuota(SafeFileHandle folder, string mount) => (this.folder, this.mount) = (folder, mount);

    /// <summary>The quotas of a mounted file system; null when it keeps none, or the kernel cannot.</summary>
    /// <param name="mount">Any folder of it.</param>
    public static unsafe ProjectQuota? TryOpen(string mount)
    {
        var folder = Folder.Open(mount);
        LibC.RawIfDqblk quota;
        if (LibC.quotactl_fd(folder, LibC.Q_GETQUOTA, 0, &quota) == 0)
            return new ProjectQuota(folder, mount);
        folder.Dispose();
        return null;
    }

    /// <summary>The bytes that a project holds.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public unsafe long Used(uint project)
    {
        LibC.RawIfDqblk quota;
        Errno.Check(LibC.quotactl_fd(folder, LibC.Q_GETQUOTA, project, &quota), "quotactl Q_GETQUOTA", mount);
        return (long)quota.dqb_curspace;
    }

    /// <summary>Sets the most that a project may hold.</summary>
    /// <param name="project">The project.</param>
    /// <param name="bytes">Rounded up to 1024; 0 for no limit.</param>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public unsafe void Limit(uint project, long bytes)
    {
        var quota = new LibC.RawIfDqblk { dqb_bhardlimit = (ulong)((bytes + LibC.QIF_DQBLKSIZE - 1) / LibC.QIF_DQBLKSIZE), dqb_valid = LibC.QIF_BLIMITS };
        Errno.Check(LibC.quotactl_fd(folder, LibC.Q_SETQUOTA, project, &quota), "quotactl Q_SETQUOTA", mount);
    }

    public void Dispose() => folder.Dispose();
}
