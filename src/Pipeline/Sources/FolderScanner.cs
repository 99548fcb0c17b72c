using System.Runtime.InteropServices;
using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Interop;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>Reads a folder of the builder's machine into nodes: names as bytes, owners, modes, times, devices, hard links, extended attributes.</summary>
public sealed class FolderScanner
{
    // struct linux_dirent64, getdents64(2): inode, offset, record length, type, name.
    private const int DirentLength = 16;
    private const int DirentName = 19;
    private readonly Dictionary<(uint, uint, ulong), Node> linked = [];

    private readonly bool oneFileSystem;
    private (uint Major, uint Minor)? device;

    private FolderScanner(bool oneFileSystem = false) => this.oneFileSystem = oneFileSystem;

    /// <summary>The file or folder at a path, with everything below it; symbolic links are taken as links.</summary>
    /// <exception cref="ImageException">IB3030: something cannot be read.</exception>
    public static Node Scan(string path) => new FolderScanner().ScanNode([.. Encoding.UTF8.GetBytes(path), 0]);

    /// <summary>A folder as a tree.</summary>
    /// <param name="path">The folder; a symbolic link to one is followed.</param>
    /// <param name="oneFileSystem">Refuse folders in it that another file system is mounted on, as /proc in a root that is in use.</param>
    /// <exception cref="ImageException">IB3030: something cannot be read. IB3031: the path is not a folder. IB3055: another file system is mounted in it.</exception>
    public static Tree ScanTree(string path, bool oneFileSystem = false)
    {
        var node = new FolderScanner(oneFileSystem).ScanNode([.. Encoding.UTF8.GetBytes(path.TrimEnd('/') + "/."), 0]);
        if (!node.IsDirectory)
            throw new ImageException(ImageErrorKind.Io, "IB3031", $"{path} is not a folder");
        var tree = new Tree();
        (tree.Root.Mode, tree.Root.Uid, tree.Root.Gid, tree.Root.ModifiedTime) = (node.Mode, node.Uid, node.Gid, node.ModifiedTime);
        foreach (var (name, child) in node.Children)
            tree.Root.Children[name] = child;
        foreach (var (name, value) in node.Xattrs)
            tree.Root.Xattrs[name] = value;
        return tree;
    }

    private Node ScanNode(byte[] path)
    {
        if (LibC.statx(LibC.AT_FDCWD, path, LibC.AT_SYMLINK_NOFOLLOW, LibC.STATX_BASIC_STATS, out var stat) < 0)
            throw HostFile.Failed(path, "read");
        var kind = UnixMode.KindOf(stat.stx_mode) ?? NodeKind.Socket;
        if (oneFileSystem && kind == NodeKind.Directory && (device ??= (stat.stx_dev_major, stat.stx_dev_minor)) != (stat.stx_dev_major, stat.stx_dev_minor))
            throw new ImageException(ImageErrorKind.Unsupported, "IB3055",
                $"another file system is mounted on {EntryName.Printable(path.AsSpan()[..^1])}: what is in it would get into the image; unmount it first");
        var identity = (stat.stx_dev_major, stat.stx_dev_minor, stat.stx_ino);
        if (kind != NodeKind.Directory && stat.stx_nlink > 1 && linked.TryGetValue(identity, out var known))
            return known;

        var node = new Node(kind)
        {
            Mode = (ushort)(stat.stx_mode & UnixMode.PermissionMask),
            Uid = stat.stx_uid,
            Gid = stat.stx_gid,
            ModifiedTime = stat.stx_mtime.tv_sec,
            DeviceMajor = stat.stx_rdev_major,
            DeviceMinor = stat.stx_rdev_minor,
        };
        if (kind != NodeKind.Directory && stat.stx_nlink > 1)
            linked.Add(identity, node);
        if (kind == NodeKind.File && stat.stx_size > 0)
            node.Content = new HostFile(path, stat);
        else if (kind == NodeKind.Symlink)
            node.Target = ReadLink(path);
        ReadXattrs(path, node);
        if (kind == NodeKind.Directory)
            foreach (var name in Names(path))
                node.Children[EntryName.From(name)] = ScanNode([.. Prefix(path), (byte)'/', .. name, 0]);
        return node;
    }

    // "folder/." names the folder behind a link; what lies in it is named without the dot.
    private static ReadOnlySpan<byte> Prefix(byte[] path) => path.AsSpan().EndsWith("/.\0"u8) ? path.AsSpan()[..^3] : path.AsSpan()[..^1];

    private static List<byte[]> Names(byte[] path)
    {
        using var directory = HostFile.Open(path);
        var names = new List<byte[]>();
        var buffer = new byte[64 << 10];
        while (true)
        {
            var read = LibC.getdents64(directory, buffer, buffer.Length);
            if (read < 0)
                throw HostFile.Failed(path, "listed");
            if (read == 0)
                return names;
            for (var at = 0; at < read;)
            {
                var length = MemoryMarshal.Read<ushort>(buffer.AsSpan(at + DirentLength));
                var name = buffer.AsSpan(at + DirentName, length - DirentName);
                name = name[..name.IndexOf((byte)0)];
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                    names.Add(name.ToArray());
                at += length;
            }
        }
    }

    private static byte[] ReadLink(byte[] path)
    {
        var buffer = new byte[4096];
        var length = LibC.readlink(path, buffer, buffer.Length);
        return length < 0 ? throw HostFile.Failed(path, "read") : buffer[..(int)length];
    }

    private static void ReadXattrs(byte[] path, Node node)
    {
        var size = LibC.llistxattr(path, null, 0);
        if (size == 0 || (size < 0 && Marshal.GetLastPInvokeError() == Errno.ENOTSUP))
            return;
        var list = size < 0 ? throw HostFile.Failed(path, "read") : new byte[size];
        size = LibC.llistxattr(path, list, list.Length);
        if (size < 0)
            throw HostFile.Failed(path, "read");
        foreach (var range in list.AsSpan(0, (int)size).Split((byte)0))
        {
            var name = list.AsSpan(range);
            if (name.IsEmpty)
                continue;
            byte[] terminated = [.. name, 0];
            var length = LibC.lgetxattr(path, terminated, null, 0);
            var value = new byte[Math.Max(0, length)];
            length = length < 0 ? length : LibC.lgetxattr(path, terminated, value, value.Length);
            if (length >= 0)
                node.Xattrs[Encoding.UTF8.GetString(name)] = value[..(int)length];
            else if (Marshal.GetLastPInvokeError() != Errno.ENODATA)
                throw HostFile.Failed(path, "read");
        }
    }
}
