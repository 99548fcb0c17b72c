using System.Runtime.InteropServices;
using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>
/// An open folder in which files are made by name. Names hold no '/', a name that exists already is an error, and links are
/// never followed, so nothing is written anywhere else, whatever the tree holds.
/// </summary>
internal sealed class UnpackFolder : IDisposable
{
    private const int MaxPath = 4095; // PATH_MAX without the NUL
    private static readonly byte[] Itself = [(byte)'.', 0];
    private readonly SafeFileHandle handle;
    private readonly UnpackLosses losses;
    private readonly byte[] way;
    private readonly int longestWay;
    private int users = 1;

    private UnpackFolder(SafeFileHandle handle, string path, byte[] way, int longestWay, UnpackLosses losses) =>
        (this.handle, Path, this.way, this.longestWay, this.losses) = (handle, path, way, longestWay, losses);

    /// <summary>The folder's path in the tree, for people; the root's is empty.</summary>
    public string Path { get; }

    /// <summary>Opens the folder that becomes the tree's root.</summary>
    /// <exception cref="ImageException">IB5203: it cannot be opened.</exception>
    public static UnpackFolder OpenRoot(string folder, UnpackLosses losses)
    {
        var handle = LibC.open(folder, LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_DIRECTORY, 0);
        return new UnpackFolder(!handle.IsInvalid ? handle : throw Failed(folder, "opened"), "", [], MaxPath - Encoding.UTF8.GetByteCount(folder) - 1, losses);
    }

    /// <summary>Makes a folder, the builder's alone until it is finished, and opens it.</summary>
    public UnpackFolder MakeFolder(EntryName name)
    {
        var (path, wayThere) = ($"{Path}/{name}", WayTo(name));
        if (LibC.mkdirat(handle, Terminated(name), UnixMode.Octal0700) < 0)
            throw Failed(path, "made");
        var descriptor = LibC.openat(handle, Terminated(name), LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_DIRECTORY | LibC.O_NOFOLLOW, 0);
        return new UnpackFolder(descriptor >= 0 ? new SafeFileHandle(descriptor, true) : throw Failed(path, "opened"), path, wayThere, longestWay, losses);
    }

    /// <summary>Makes an empty regular file, open for writing.</summary>
    public SafeFileHandle MakeFile(EntryName name)
    {
        var descriptor = LibC.openat(handle, Terminated(name), LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL | LibC.O_CLOEXEC | LibC.O_NOFOLLOW, UnixMode.Octal0600);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, true) : throw Failed($"{Path}/{name}", "made");
    }

    /// <summary>Makes anything that is neither a folder nor a regular file; false when only root may.</summary>
    public bool MakeOther(EntryName name, Node node)
    {
        var result = node.Kind == NodeKind.Symlink
            ? LibC.symlinkat([.. node.Target.Span, 0], handle, Terminated(name))
            : LibC.mknodat(handle, Terminated(name), (uint)(UnixMode.TypeBits(node.Kind) | UnixMode.Octal0600), LibC.MakeDevice(node.DeviceMajor, node.DeviceMinor));
        if (result >= 0)
            return true;
        if (node.Kind is not (NodeKind.BlockDevice or NodeKind.CharacterDevice) || Marshal.GetLastPInvokeError() != Errno.EPERM)
            throw Failed($"{Path}/{name}", "made");
        losses.Add("device nodes, so all", $"{Path}/{name}");
        return false;
    }

    /// <summary>Gives a file that was made before a name here too.</summary>
    /// <param name="first">The file's way from <paramref name="root"/>, without a NUL.</param>
    /// <param name="name">The name here.</param>
    /// <param name="root">The tree's root.</param>
    public void Link(byte[] first, EntryName name, UnpackFolder root)
    {
        if (LibC.linkat(root.handle, [.. first, 0], handle, Terminated(name), 0) < 0)
            throw Failed($"{Path}/{name}", "linked");
    }

    /// <summary>The way from the root to a name in this folder.</summary>
    /// <exception cref="ImageException">IB5205: no program could open the file by its path, nor remove it.</exception>
    public byte[] WayTo(EntryName name)
    {
        byte[] whole = way.Length == 0 ? [.. name.Bytes] : [.. way, (byte)'/', .. name.Bytes];
        return whole.Length <= longestWay ? whole : throw new ImageException(ImageErrorKind.LimitExceeded, "IB5205",
            $"{Path[..Math.Min(Path.Length, 60)]}… lies so deep that its path would have {whole.Length + MaxPath - longestWay} bytes; Linux opens at most {MaxPath}");
    }

    /// <summary>Keeps the folder open until it is disposed once more.</summary>
    public void Retain() => Interlocked.Increment(ref users);

    /// <summary>Owner, mode, attributes and time of a file in this folder, in the order in which one does not undo the other.</summary>
    public void Finish(EntryName name, Node node) => Finish(Terminated(name), node, $"{Path}/{name}");

    /// <summary>The same of this folder itself, once all is made in it. Its owner can still do everything in it: a mode that forbids that is returned, for <see cref="Close"/>; else null.</summary>
    public int? Finish(Node node)
    {
        var mode = Finish(Itself, node, Path.Length == 0 ? "/" : Path, UnixMode.Octal0700);
        return (mode & UnixMode.Octal0700) == UnixMode.Octal0700 ? null : mode;
    }

    /// <summary>Gives a folder below this one its mode, once nothing more is done in it.</summary>
    public void Close(IEnumerable<EntryName> folder, int mode)
    {
        byte[] there = [.. Itself[..1], .. folder.SelectMany(name => (byte[])[(byte)'/', .. name.Bytes]), 0];
        if (LibC.fchmodat(handle, there, (uint)mode, 0) < 0)
            throw Failed($"/{string.Join('/', folder)}", "given its mode");
    }

    public void Dispose()
    {
        if (Interlocked.Decrement(ref users) == 0)
            handle.Dispose();
    }

    private int Finish(byte[] name, Node node, string path, int kept = 0)
    {
        var owned = LibC.fchownat(handle, name, node.Uid, node.Gid, LibC.AT_SYMLINK_NOFOLLOW) >= 0;
        if (!owned)
            Lose("owners", path, Errno.EPERM, Errno.EINVAL);
        // A file that stays the caller's own must not lend others the caller's rights.
        var mode = owned ? node.Mode : node.Mode & UnixMode.Octal1777;
        if (node.Kind != NodeKind.Symlink && mode != node.Mode)
            losses.Add("set-uid and set-gid bits", path);
        if (node.HasXattrs)
        {
            // No call sets attributes below an open folder: the folder's descriptor stands in for its path.
            byte[] at = [.. Encoding.ASCII.GetBytes($"/proc/self/fd/{handle.DangerousGetHandle()}/"), .. name];
            foreach (var (attribute, value) in node.Xattrs)
                if (LibC.lsetxattr(at, [.. Encoding.UTF8.GetBytes(attribute), 0], value, value.Length, 0) < 0)
                    Lose($"extended attributes {attribute[..(attribute.IndexOf('.', StringComparison.Ordinal) + 1)]}*", path, Errno.EPERM, Errno.EINVAL, Errno.EOPNOTSUPP);
        }
        LibC.RawTimespec[] times = [new() { tv_nsec = LibC.UTIME_OMIT }, new() { tv_sec = node.ModifiedTime }];
        if (LibC.utimensat(handle, name, times, LibC.AT_SYMLINK_NOFOLLOW) < 0)
            throw Failed(path, "given its time");
        // Last: it may take the caller's own right to do any of the above.
        if (node.Kind != NodeKind.Symlink && LibC.fchmodat(handle, name, (uint)(mode | kept), 0) < 0)
            throw Failed(path, "given its mode");
        return mode;
    }

    private void Lose(string what, string path, params ReadOnlySpan<int> expected)
    {
        if (!expected.Contains(Marshal.GetLastPInvokeError()))
            throw Failed(path, $"given its {what}");
        losses.Add(what, path);
    }

    private static byte[] Terminated(EntryName name) => [.. name.Bytes, 0];

    private static ImageException Failed(string path, string verb) =>
        new(ImageErrorKind.Io, "IB5203", $"{path} cannot be {verb}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
}
