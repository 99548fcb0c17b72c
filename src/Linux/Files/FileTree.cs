using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Files;

/// <summary>The files below a folder of a mounted file system. Needs /proc.</summary>
public sealed partial class FileTree : IFileTree, IDisposable
{
    // linux/fs.h
    private const nuint FS_IOC_GETFLAGS = 0x80086601;
    private const nuint FS_IOC_SETFLAGS = 0x40086602;
    private const nuint FS_IOC_FSGETXATTR = 0x801c581f;
    private const nuint FS_IOC_FSSETXATTR = 0x401c5820;
    private const uint FS_XFLAG_PROJINHERIT = 0x200;
    private const int FS_IMMUTABLE_FL = 0x10;
    private const int FS_APPEND_FL = 0x20;
    private const int DirectAlignment = 4096;
    private const ulong StatBlock = 512; // the unit of stx_blocks
    private readonly string root;
    private readonly SafeFileHandle folder;

    /// <summary>Opens the folder.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public FileTree(string root)
    {
        this.root = root;
        folder = Folder.Open(root);
    }

    public long FreeBytes => new DriveInfo(root).AvailableFreeSpace;

    public FileEntry? Find(string path)
    {
        using var place = TryReach(path);
        if (place is null)
            return null;
        if (Status(place) is not { } raw)
            return Marshal.GetLastPInvokeError() is Errno.ENOENT or Errno.ENOTDIR ? null : throw Failed("statx", path);
        return new FileEntry((FileKind)(raw.stx_mode & KindMask), raw.stx_ino, raw.stx_nlink, (long)raw.stx_size, (long)(raw.stx_blocks * StatBlock), (raw.stx_rdev_major, raw.stx_rdev_minor))
        {
            Mode = (ushort)(raw.stx_mode & ModeMask),
            Uid = raw.stx_uid,
            Gid = raw.stx_gid,
        };
    }

    public unsafe IReadOnlyList<string> List(string path)
    {
        using var file = OpenFile(path, LibC.O_RDONLY);
        // struct linux_dirent64, getdents64(2): inode 8, offset 8, record length 2, type 1, name up to its NUL.
        const int LengthAt = 16, NameAt = 19;
        var names = new List<string>();
        var buffer = new byte[32 << 10];
        fixed (byte* at = buffer)
            for (int length; (length = Check(LibC.getdents64(file, at, buffer.Length), "getdents64", path)) > 0;)
                for (var entry = buffer.AsSpan(0, length); !entry.IsEmpty; entry = entry[BinaryPrimitives.ReadUInt16LittleEndian(entry[LengthAt..])..])
                {
                    var name = entry[NameAt..];
                    name = name[..name.IndexOf((byte)0)];
                    if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                        names.Add(FileName.FromBytes(name));
                }
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    public byte[] Read(string path, int most, bool pastCache = false)
    {
        using var direct = pastCache ? TryOpenFile(path, LibC.O_RDONLY | LibC.O_DIRECT) : null;
        // Not every file system reads past the cache: tmpfs has nothing else.
        using var file = direct is null ? OpenFile(path, LibC.O_RDONLY) : null;
        using var buffer = new AlignedBuffer((most + DirectAlignment - 1) / DirectAlignment * DirectAlignment);
        var length = FileSystemProbe.ReadAt(direct ?? file!, 0, buffer.Span);
        return buffer.Span[..Math.Min(length, most)].ToArray();
    }

    public int ReadAt(string path, long offset, Span<byte> buffer, bool pastCache = false)
    {
        using var direct = pastCache ? TryOpenFile(path, LibC.O_RDONLY | LibC.O_DIRECT) : null;
        using var file = direct is null ? OpenFile(path, LibC.O_RDONLY) : null;
        return FileSystemProbe.ReadAt(direct ?? file!, offset, buffer);
    }

    public void MakeFolder(string path, int mode)
    {
        using var place = Reach(path);
        Check(LibC.mkdir(place.Path, (uint)mode), "mkdir", path);
        Check(LibC.chmod(place.Path, (uint)mode), "chmod", path); // whatever the umask says
    }

    public void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = OpenFile(path, LibC.O_WRONLY | LibC.O_CREAT);
        RandomAccess.Write(file, bytes, 0);
    }

    public void WriteAt(string path, long offset, ReadOnlySpan<byte> bytes)
    {
        using var file = OpenFile(path, LibC.O_WRONLY);
        RandomAccess.Write(file, bytes, offset);
    }

    public void Link(string from, string to)
    {
        using var source = Reach(from);
        using var target = Reach(to);
        Check(LibC.link(source.Path, target.Path), "link", to);
    }

    public void Rename(string from, string to) => Rename(from, to, LibC.RENAME_NOREPLACE);

    public void Replace(string from, string to) => Rename(from, to, 0);

    public void Remove(string path)
    {
        if (TryRemove(path))
            return;
        if (Marshal.GetLastPInvokeError() == Errno.EPERM)
        {
            Unprotect(path);
            Unprotect(System.IO.Path.GetDirectoryName(path)!);
            if (TryRemove(path))
                return;
        }
        throw Failed("unlink", path);
    }

    public unsafe bool SetProject(string path, uint project)
    {
        using var file = OpenFile(path, LibC.O_RDONLY);
        LibC.RawFsxattr attributes;
        if (LibC.ioctl(file, FS_IOC_FSGETXATTR, &attributes) < 0)
            return Marshal.GetLastPInvokeError() is Errno.ENOTTY or Errno.EOPNOTSUPP ? false : throw Failed("ioctl FS_IOC_FSGETXATTR", path);
        attributes.fsx_projid = project;
        attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
        if (LibC.ioctl(file, FS_IOC_FSSETXATTR, &attributes) < 0)
            return Marshal.GetLastPInvokeError() is Errno.ENOTTY or Errno.EOPNOTSUPP or Errno.EINVAL ? false : throw Failed("ioctl FS_IOC_FSSETXATTR", path);
        return true;
    }

    public unsafe uint? Project(string path)
    {
        using var file = OpenFile(path, LibC.O_RDONLY);
        LibC.RawFsxattr attributes;
        if (LibC.ioctl(file, FS_IOC_FSGETXATTR, &attributes) < 0)
            return Marshal.GetLastPInvokeError() is Errno.ENOTTY or Errno.EOPNOTSUPP ? null : throw Failed("ioctl FS_IOC_FSGETXATTR", path);
        return attributes.fsx_projid;
    }

    public void Sync(string path)
    {
        using var file = OpenFile(path, LibC.O_RDONLY);
        Check(LibC.fsync(file), "fsync", path);
    }

    public void SyncAll() => Check(LibC.syncfs(folder), "syncfs", "/");

    public void Dispose() => folder.Dispose();

    private void Rename(string from, string to, uint flags)
    {
        using var source = Reach(from);
        using var target = Reach(to);
        Check(LibC.renameat2(LibC.AT_FDCWD, source.Path, LibC.AT_FDCWD, target.Path, flags), "renameat2", $"{from} to {to}");
    }

    private bool TryRemove(string path)
    {
        using var place = Reach(path);
        return LibC.unlink(place.Path) == 0 || (Marshal.GetLastPInvokeError() == Errno.EISDIR && LibC.rmdir(place.Path) == 0);
    }

    private unsafe void Unprotect(string path)
    {
        if (Find(path) is not { Kind: FileKind.Folder or FileKind.Regular } || TryOpenFile(path, LibC.O_RDONLY) is not { } file)
            return;
        using (file)
        {
            int flags;
            if (LibC.ioctl(file, FS_IOC_GETFLAGS, &flags) < 0)
                return;
            flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
            _ = LibC.ioctl(file, FS_IOC_SETFLAGS, &flags);
        }
    }

    /// <summary>A name in a folder that is held open: links before the last name cannot lead elsewhere, not even when somebody puts one there now.</summary>
    private sealed class Place(SafeFileHandle parent, string name) : IDisposable
    {
        public byte[] Path { get; } = FileName.ToBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{parent.DangerousGetHandle()}/{name}"));

        public void Dispose() => parent.Dispose();
    }

    private Place Reach(string path) => TryReach(path) ?? throw Failed("openat2", path);

    /// <summary>Null when a folder on the way is not there, or is none.</summary>
    private Place? TryReach(string path)
    {
        if (!path.StartsWith('/'))
            throw new ArgumentException($"'{path}' does not begin with '/'", nameof(path));
        var cut = path.LastIndexOf('/');
        var parent = path[..cut].Trim('/');
        var how = new LibC.RawOpenHow { flags = (ulong)(LibC.O_PATH | LibC.O_CLOEXEC), resolve = LibC.RESOLVE_BENEATH | LibC.RESOLVE_NO_SYMLINKS };
        var fd = LibC.openat2(folder, FileName.ToBytes(parent.Length == 0 ? "." : parent), how);
        if (fd >= 0)
            return new Place(new SafeFileHandle(fd, ownsHandle: true), path[(cut + 1)..] is { Length: > 0 } name ? name : ".");
        return Marshal.GetLastPInvokeError() is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP ? null : throw Failed("openat2", path);
    }

    private static unsafe LibC.RawStatx? Status(Place place)
    {
        LibC.RawStatx raw;
        return LibC.statx(LibC.AT_FDCWD, place.Path, LibC.AT_SYMLINK_NOFOLLOW, LibC.STATX_BASIC_STATS, &raw) < 0 ? null : raw;
    }

    private SafeFileHandle OpenFile(string path, int flags) => TryOpenFile(path, flags) ?? throw Failed("open", path);

    private SafeFileHandle? TryOpenFile(string path, int flags)
    {
        using var place = Reach(path);
        var handle = LibC.open(place.Path, flags | LibC.O_NOFOLLOW | LibC.O_NONBLOCK | LibC.O_CLOEXEC, FileMode);
        if (!handle.IsInvalid)
            return handle;
        handle.Dispose();
        return null;
    }

    private int Check(int result, string call, string path) => result >= 0 ? result : throw Failed(call, path);

    private LinuxException Failed(string call, string path) => new(call, root + path, Marshal.GetLastPInvokeError());
}
