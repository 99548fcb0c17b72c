using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Mounts;

/// <summary>A mount with everything mounted below it, copied and attached nowhere yet: open_tree(2), Linux 5.2.</summary>
public sealed class MountTree : IDisposable
{
    private readonly string path;
    private readonly SafeFileHandle tree;

    private MountTree(string path, SafeFileHandle tree) => (this.path, this.tree) = (path, tree);

    /// <summary>Copies what is mounted at a path.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static MountTree Clone(string path)
    {
        var fd = Errno.Check(LibC.open_tree(path, (int)LibC.OPEN_TREE_CLONE | LibC.O_CLOEXEC | LibC.AT_RECURSIVE), "open_tree", path);
        return new MountTree(path, new SafeFileHandle(fd, ownsHandle: true));
    }

    /// <summary>Nothing can be written through this copy: mount_setattr(2), Linux 5.12.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public void MakeReadOnly() =>
        Errno.Check(LibC.mount_setattr(tree, LibC.AT_RECURSIVE, new LibC.RawMountAttr { attr_set = LibC.MOUNT_ATTR_RDONLY }), "mount_setattr", path);

    /// <summary>Attaches it.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public void AttachAt(string target) => Errno.Check(LibC.move_mount(tree, target), "move_mount", $"{path} to {target}");

    public void Dispose() => tree.Dispose();
}
