using ImageBuilder.Linux.Interop;

namespace ImageBuilder.Linux.Mounts;

/// <summary>mount(2) and umount2(2).</summary>
public static class Mount
{
    private const int MNT_DETACH = 2;

    /// <summary>Mounts a file system. mount(2) cuts options silently at one page, so longer ones are refused here.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static void Attach(string source, string target, string type, MountFlags flags = MountFlags.None, string? options = null)
    {
        if (options is { } text && System.Text.Encoding.UTF8.GetByteCount(text) >= Environment.SystemPageSize)
            throw new LinuxException("mount", target, Errno.EINVAL, $"the options are longer than the {Environment.SystemPageSize - 1} bytes that mount(2) takes");
        if (LibC.mount(source, target, type, (nuint)flags, options) < 0)
            Errno.Throw("mount", $"{source} on {target} type {type}");
    }

    /// <summary>Moves a mount, with everything mounted below it.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static void Move(string from, string to)
    {
        if (LibC.mount(from, to, null, (nuint)MountFlags.Move, null) < 0)
            Errno.Throw("mount --move", $"{from} to {to}");
    }

    /// <summary>Shows what is at <paramref name="from"/> at <paramref name="to"/> too.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static void Bind(string from, string to, bool recursive = false)
    {
        if (LibC.mount(from, to, null, (nuint)(MountFlags.Bind | (recursive ? MountFlags.Recursive : MountFlags.None)), null) < 0)
            Errno.Throw("mount --bind", $"{from} on {to}");
    }

    /// <summary>Lets a file system take no more writes, and brings what was written to the device; false when something is open for writing.</summary>
    public static bool TryMakeReadOnly(string target) => LibC.mount("", target, null, (nuint)(MountFlags.Remount | MountFlags.ReadOnly), null) == 0;

    /// <summary>Unmounts. A lazy unmount takes the mount away now and lets go of the file system when it is no longer used.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static void Detach(string target, bool lazy = false)
    {
        if (LibC.umount2(target, lazy ? MNT_DETACH : 0) < 0)
            Errno.Throw("umount", target);
    }
}
