using ImageBuilder.Linux.Interop;

namespace ImageBuilder.Linux;

/// <summary>The parts of statx(2) that .NET does not show.</summary>
/// <param name="Device">The file system the file is on, as "major:minor".</param>
/// <param name="IsDirectory">True for a directory, not for a link to one.</param>
/// <param name="Owner">The user id of its owner.</param>
public readonly record struct FileStatus(string Device, bool IsDirectory, uint Owner)
{
    private const int S_IFMT = 0xf000;
    private const int S_IFDIR = 0x4000;
    private const int S_IFIFO = 0x1000;

    /// <summary>Looks at a file.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static FileStatus Of(string path, bool followLink = false)
    {
        Errno.Check(LibC.statx(LibC.AT_FDCWD, path, followLink ? 0 : LibC.AT_SYMLINK_NOFOLLOW, LibC.STATX_BASIC_STATS, out var raw), "statx", path);
        return new FileStatus($"{raw.stx_dev_major}:{raw.stx_dev_minor}", (raw.stx_mode & S_IFMT) == S_IFDIR, raw.stx_uid);
    }

    /// <summary>Whether a path leads to a named pipe: opening one waits, perhaps for ever, for somebody to write.</summary>
    public static bool IsPipe(string path) =>
        LibC.statx(LibC.AT_FDCWD, path, 0, LibC.STATX_BASIC_STATS, out var raw) == 0 && (raw.stx_mode & S_IFMT) == S_IFIFO;
}
