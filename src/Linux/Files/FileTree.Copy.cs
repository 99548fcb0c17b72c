using System.Runtime.InteropServices;
using System.Text;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Files;

public sealed partial class FileTree
{
    private const int KindMask = 0xf000;
    private const uint ModeMask = 0xfff;
    private const uint FileMode = 0b110_100_100;
    private const uint PrivateMode = 0b110_000_000;
    private const nuint FICLONE = 0x40049409;
    private const int PartLength = 1 << 20;
    private const int LongestLink = 4096;
    private const int LongestAttribute = 64 << 10; // XATTR_SIZE_MAX and XATTR_LIST_MAX

    public void Copy(string from, string to)
    {
        using var source = Reach(from);
        using var target = Reach(to);
        var status = Status(source) ?? throw Failed("statx", from);
        var kind = (FileKind)(status.stx_mode & KindMask);
        switch (kind)
        {
            case FileKind.Folder:
                Check(LibC.mkdir(target.Path, PrivateMode | 0b001_000_000), "mkdir", to);
                break;
            case FileKind.Link:
                Check(LibC.symlink(ReadLink(source, from), target.Path), "symlink", to);
                break;
            case FileKind.Regular:
                CopyContent(source, from, target, to);
                break;
            default:
                Check(LibC.mknod(target.Path, status.stx_mode, DeviceNumber(status.stx_rdev_major, status.stx_rdev_minor)), "mknod", to);
                break;
        }
        CopyMetadata(source, from, status, target, to);
    }

    public void CopyMetadata(string from, string to)
    {
        using var source = Reach(from);
        using var target = Reach(to);
        CopyMetadata(source, from, Status(source) ?? throw Failed("statx", from), target, to);
    }

    public byte[] ReadLink(string path)
    {
        using var place = Reach(path);
        var target = ReadLink(place, path);
        return target[..Array.IndexOf(target, (byte)0)];
    }

    public bool HaveSameContent(string left, string right)
    {
        using var one = OpenFile(left, LibC.O_RDONLY);
        using var other = OpenFile(right, LibC.O_RDONLY);
        var length = RandomAccess.GetLength(one);
        if (length != RandomAccess.GetLength(other))
            return false;
        var (part, counterpart) = (new byte[Math.Min(PartLength, length)], new byte[Math.Min(PartLength, length)]);
        for (long at = 0; at < length;)
        {
            var read = FileSystemProbe.ReadAt(one, at, part);
            if (read == 0 || FileSystemProbe.ReadAt(other, at, counterpart) != read || !part.AsSpan(0, read).SequenceEqual(counterpart.AsSpan(0, read)))
                return false;
            at += read;
        }
        return true;
    }

    public void MakeWhiteout(string path)
    {
        using var place = Reach(path);
        Check(LibC.mknod(place.Path, (uint)FileKind.CharacterDevice, 0), "mknod", path);
    }

    public IReadOnlyList<string> AttributeNames(string path)
    {
        using var place = Reach(path);
        var names = new List<string>();
        foreach (var name in AttributeNames(place, path))
            names.Add(FileName.FromBytes(name.AsSpan(..^1)));
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    public byte[]? GetAttribute(string path, string name)
    {
        using var place = Reach(path);
        return GetAttribute(place, path, FileName.ToBytes(name));
    }

    public unsafe void SetAttribute(string path, string name, byte[]? value)
    {
        using var place = Reach(path);
        if (value is not null)
            SetAttribute(place, path, FileName.ToBytes(name), value);
        else if (LibC.lremovexattr(place.Path, FileName.ToBytes(name)) < 0 && Marshal.GetLastPInvokeError() != Errno.ENODATA)
            throw Failed($"lremovexattr {name}", path);
    }

    private unsafe void CopyContent(Place source, string from, Place target, string to)
    {
        using var input = Open(source, from, LibC.O_RDONLY);
        using var output = Open(target, to, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL);
        if (LibC.ioctl(output, FICLONE, input.DangerousGetHandle()) == 0)
            return;
        var length = RandomAccess.GetLength(input);
        RandomAccess.SetLength(output, length);
        var buffer = new byte[Math.Min(PartLength, length)];
        for (long at = 0; at < length;)
        {
            var start = LibC.lseek(input, at, LibC.SEEK_DATA);
            if (start < 0 && Marshal.GetLastPInvokeError() == Errno.ENXIO)
                return; // nothing but a hole up to the end
            var end = start < 0 ? start : LibC.lseek(input, start, LibC.SEEK_HOLE);
            if (end < 0)
                throw Failed("lseek", from);
            for (at = start; at < Math.Min(end, length);)
            {
                var read = RandomAccess.Read(input, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)), at);
                if (read == 0)
                    return; // it was made shorter while it was copied
                RandomAccess.Write(output, buffer.AsSpan(0, read), at);
                at += read;
            }
        }
    }

    /// <summary>Owner first: a change of it takes capabilities and the set-id bits away.</summary>
    private unsafe void CopyMetadata(Place source, string from, LibC.RawStatx status, Place target, string to)
    {
        Check(LibC.lchown(target.Path, status.stx_uid, status.stx_gid), "lchown", to);
        if ((FileKind)(status.stx_mode & KindMask) != FileKind.Link)
            Check(LibC.chmod(target.Path, status.stx_mode & ModeMask), "chmod", to);
        foreach (var name in AttributeNames(source, from))
            if (GetAttribute(source, from, name) is { } value)
                SetAttribute(target, to, name, value);
        var times = stackalloc LibC.RawTimespec[2];
        times[0] = new LibC.RawTimespec { tv_sec = status.stx_atime.tv_sec, tv_nsec = status.stx_atime.tv_nsec };
        times[1] = new LibC.RawTimespec { tv_sec = status.stx_mtime.tv_sec, tv_nsec = status.stx_mtime.tv_nsec };
        Check(LibC.utimensat(LibC.AT_FDCWD, target.Path, times, LibC.AT_SYMLINK_NOFOLLOW), "utimensat", to);
    }

    private unsafe List<byte[]> AttributeNames(Place place, string path)
    {
        var list = new byte[LongestAttribute];
        nint length;
        fixed (byte* at = list)
            length = LibC.llistxattr(place.Path, at, list.Length);
        if (length < 0)
            return Marshal.GetLastPInvokeError() == Errno.EOPNOTSUPP ? [] : throw Failed("llistxattr", path);
        var names = new List<byte[]>();
        for (var rest = list.AsSpan(0, (int)length); !rest.IsEmpty;)
        {
            var end = rest.IndexOf((byte)0) + 1;
            names.Add(rest[..end].ToArray());
            rest = rest[end..];
        }
        return names;
    }

    private unsafe byte[]? GetAttribute(Place place, string path, byte[] name)
    {
        var value = new byte[LongestAttribute];
        nint length;
        fixed (byte* at = value)
            length = LibC.lgetxattr(place.Path, name, at, value.Length);
        if (length >= 0)
            return value[..(int)length];
        return Marshal.GetLastPInvokeError() is Errno.ENODATA or Errno.EOPNOTSUPP ? null : throw Failed($"lgetxattr {Encoding.UTF8.GetString(name.AsSpan(..^1))}", path);
    }

    private unsafe void SetAttribute(Place place, string path, byte[] name, byte[] value)
    {
        fixed (byte* at = value)
            Check(LibC.lsetxattr(place.Path, name, at, value.Length, 0), $"lsetxattr {Encoding.UTF8.GetString(name.AsSpan(..^1))}", path);
    }

    private unsafe byte[] ReadLink(Place place, string path)
    {
        var target = new byte[LongestLink + 1]; // the last stays NUL
        fixed (byte* at = target)
            if (LibC.readlink(place.Path, at, LongestLink) < 0)
                throw Failed("readlink", path);
        return target;
    }

    private SafeFileHandle Open(Place place, string path, int flags)
    {
        var handle = LibC.open(place.Path, flags | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, PrivateMode);
        return handle.IsInvalid ? throw Failed("open", path) : handle;
    }

    /// <summary>makedev(3) of glibc.</summary>
    private static ulong DeviceNumber(ulong major, ulong minor) =>
        (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xfful) << 12) | ((major & ~0xffful) << 32);
}
