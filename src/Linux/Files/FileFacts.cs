using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Files;

/// <summary>What statx(2) says of a file.</summary>
public readonly record struct FileFacts
{
    /// <summary>Type and permission bits, as inode(7) has them.</summary>
    public ushort Mode { get; private init; }

    /// <summary>Names that the file has.</summary>
    public uint Links { get; private init; }

    public uint Uid { get; private init; }

    public uint Gid { get; private init; }

    /// <summary>In bytes.</summary>
    public ulong Size { get; private init; }

    /// <summary>The file system it is on, and its number there.</summary>
    public (uint Major, uint Minor, ulong Inode) Identity { get; private init; }

    /// <summary>Of a device file: what it is.</summary>
    public (uint Major, uint Minor) Device { get; private init; }

    /// <summary>When it was modified: seconds since 1970, and nanoseconds.</summary>
    public (long Seconds, uint Nanoseconds) Modified { get; private init; }

    /// <summary>Looks at a path; a symbolic link at its end is not followed.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static unsafe FileFacts Of(BytePath path)
    {
        LibC.RawStatx raw;
        Errno.Check(LibC.statx(LibC.AT_FDCWD, path.Terminated, LibC.AT_SYMLINK_NOFOLLOW, LibC.STATX_BASIC_STATS, &raw), "statx", path);
        return From(raw);
    }

    /// <summary>Looks at an open file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its name in errors.</param>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static unsafe FileFacts Of(SafeFileHandle file, BytePath path)
    {
        LibC.RawStatx raw;
        Errno.Check(LibC.statx(file, "", LibC.AT_EMPTY_PATH, LibC.STATX_BASIC_STATS, &raw), "statx", path);
        return From(raw);
    }

    /// <summary>Looks at a path; null when nothing is there.</summary>
    /// <exception cref="LinuxException">The kernel's reason, when it is another.</exception>
    public static FileFacts? TryOf(BytePath path)
    {
        try
        {
            return Of(path);
        }
        catch (LinuxException error) when (error.Number is Errno.ENOENT or Errno.ENOTDIR)
        {
            return null;
        }
    }

    private static FileFacts From(in LibC.RawStatx raw) => new()
    {
        Mode = raw.stx_mode,
        Links = raw.stx_nlink,
        Uid = raw.stx_uid,
        Gid = raw.stx_gid,
        Size = raw.stx_size,
        Identity = (raw.stx_dev_major, raw.stx_dev_minor, raw.stx_ino),
        Device = (raw.stx_rdev_major, raw.stx_rdev_minor),
        Modified = (raw.stx_mtime.tv_sec, raw.stx_mtime.tv_nsec),
    };
}
