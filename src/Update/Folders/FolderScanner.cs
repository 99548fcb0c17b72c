using System.Runtime.ExceptionServices;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Files;

namespace ImageBuilder.Update.Folders;

/// <summary>Reads a folder of this machine into nodes: names as bytes, owners, modes, times, devices, hard links, extended attributes.</summary>
public sealed class FolderScanner
{
    // Folders that are less deep have what is in them looked at by several threads: /usr/share is one part of the work, /usr/lib another.
    private const int ParallelDepth = 2;

    private readonly Dictionary<(uint, uint, ulong), Node> linked = [];
    private readonly bool oneFileSystem;
    private (uint Major, uint Minor)? device;

    private readonly Action<string>? changed;

    /// <param name="oneFileSystem">Refuse folders that another file system is mounted on, as /proc in a root that is in use.</param>
    /// <param name="changed">Told the path of a file that was written to after it was scanned, when it is read; null makes that an error.</param>
    public FolderScanner(bool oneFileSystem = false, Action<string>? changed = null) => (this.oneFileSystem, this.changed) = (oneFileSystem, changed);

    /// <summary>The file or folder at a path, with everything below it; symbolic links are taken as links.</summary>
    /// <exception cref="ImageException">IB3030: something cannot be read.</exception>
    public static Node Scan(string path) => new FolderScanner().Scan(new BytePath(path));

    /// <summary>A folder as a tree.</summary>
    /// <param name="path">The folder; a symbolic link to one is followed.</param>
    /// <param name="oneFileSystem">Refuse folders in it that another file system is mounted on, as /proc in a root that is in use.</param>
    /// <param name="changed">As in the constructor.</param>
    /// <exception cref="ImageException">IB3030: something cannot be read. IB3031: the path is not a folder. IB3055: another file system is mounted in it.</exception>
    public static Tree ScanTree(string path, bool oneFileSystem = false, Action<string>? changed = null)
    {
        var scanner = new FolderScanner(oneFileSystem, changed);
        var tree = new Tree();
        // "folder/." names the folder behind a link; what lies in it is named without the dot.
        var root = scanner.Look(new BytePath(path.TrimEnd('/') + "/."), out _);
        if (!root.IsDirectory)
            throw new ImageException(ImageErrorKind.Io, "IB3031", $"{path} is not a folder");
        (tree.Root.Mode, tree.Root.Uid, tree.Root.Gid, tree.Root.ModifiedTime) = (root.Mode, root.Uid, root.Gid, root.ModifiedTime);
        foreach (var (name, value) in root.Xattrs)
            tree.Root.Xattrs[name] = value;
        scanner.ScanChildren(new BytePath(path.TrimEnd('/') is "" ? "/" : path.TrimEnd('/')), tree.Root, depth: 0);
        return tree;
    }

    /// <summary>As <see cref="Scan(string)"/>; files that this scanner has met under another name are the same node.</summary>
    /// <exception cref="ImageException">IB3030: something cannot be read. IB3055: another file system is mounted in it.</exception>
    public Node Scan(BytePath path) => Scan(path, ParallelDepth);

    private Node Scan(BytePath path, int depth)
    {
        var node = Look(path, out var known);
        if (node.IsDirectory && !known)
            ScanChildren(path, node, depth);
        return node;
    }

    /// <summary>The file or folder itself, without what lies in it.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="known">True when it is the same node as before: another name of it.</param>
    private Node Look(BytePath path, out bool known)
    {
        try
        {
            return LookUnguarded(path, out known);
        }
        catch (LinuxException error)
        {
            throw HostFile.Failed(path, error);
        }
    }

    private Node LookUnguarded(BytePath path, out bool known)
    {
        var facts = FileFacts.Of(path);
        var kind = UnixMode.KindOf(facts.Mode) ?? NodeKind.Socket;
        var (major, minor, _) = facts.Identity;
        if (oneFileSystem && kind == NodeKind.Directory && (device ??= (major, minor)) != (major, minor))
            throw new ImageException(ImageErrorKind.Unsupported, "IB3055",
                $"another file system is mounted on {EntryName.Printable(path.Bytes)}: what is in it would get into the image; unmount it first");
        var hasNames = kind != NodeKind.Directory && facts.Links > 1;
        if (hasNames && Known(facts) is { } first)
        {
            known = true;
            return first;
        }

        known = false;
        var node = new Node(kind)
        {
            Mode = (ushort)(facts.Mode & UnixMode.PermissionMask),
            Uid = facts.Uid,
            Gid = facts.Gid,
            ModifiedTime = facts.Modified.Seconds,
            DeviceMajor = facts.Device.Major,
            DeviceMinor = facts.Device.Minor,
        };
        if (kind == NodeKind.File && facts.Size > 0)
            node.Content = new HostFile(path, facts, changed);
        else if (kind == NodeKind.Symlink)
            node.Target = path.ReadLink();
        foreach (var (name, value) in path.Xattrs())
            node.Xattrs[name] = value;
        if (!hasNames)
            return node;
        lock (linked)
            return linked.TryAdd(facts.Identity, node) ? node : linked[facts.Identity]; // another thread may have met another of its names meanwhile
    }

    private Node? Known(FileFacts facts)
    {
        lock (linked)
            return linked.GetValueOrDefault(facts.Identity);
    }

    private void ScanChildren(BytePath path, Node folder, int depth)
    {
        List<byte[]> names;
        try
        {
            names = path.Names();
        }
        catch (LinuxException error)
        {
            throw HostFile.Failed(path, error);
        }
        var nodes = new Node[names.Count];
        if (depth < ParallelDepth)
            InParallel(nodes.Length, i => nodes[i] = Scan(path.Child(names[i]), depth + 1));
        else
            for (var i = 0; i < nodes.Length; i++)
                nodes[i] = Scan(path.Child(names[i]), depth);
        for (var i = 0; i < nodes.Length; i++)
            folder.Children[EntryName.From(names[i])] = nodes[i];
    }

    private static void InParallel(int count, Action<int> body)
    {
        try
        {
            Parallel.For(0, count, body);
        }
        catch (AggregateException errors) when (errors.Flatten().InnerExceptions.OfType<ImageException>().FirstOrDefault() is { } error)
        {
            ExceptionDispatchInfo.Throw(error);
        }
    }
}
