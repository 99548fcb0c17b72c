using ImageBuilder.Linux.Interop;

namespace ImageBuilder.Linux.Mounts;

/// <summary>
/// Mounts that no other program sees: a mount namespace of the calling thread, and of the programs that it becomes or starts. They go when the last of
/// these has ended, whatever ended it.
/// </summary>
public static class PrivateMounts
{
    /// <summary>Enters a new namespace, which begins with all mounts there are; from now on neither side hears of the other's.</summary>
    /// <exception cref="LinuxException">The kernel's reason: EPERM for an ordinary user.</exception>
    public static void Enter()
    {
        Errno.Check(LibC.unshare(LibC.CLONE_NEWNS), "unshare", "CLONE_NEWNS");
        Errno.Check(LibC.mount("none", "/", null, (nuint)(MountFlags.Private | MountFlags.Recursive), null), "mount --make-rprivate", "/");
    }

    /// <summary>Makes a mount the root, and takes the old root away with all that is below it; the working directory is the new root.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static void ChangeRoot(string mount)
    {
        // pivot_root(2), "pivot_root(".", ".")": the old root comes to lie over the new one, and is what "." names.
        Process.ChangeDirectory(mount);
        Errno.Check(LibC.pivot_root(".", "."), "pivot_root", mount);
        Mount.Detach(".", lazy: true);
        Process.ChangeDirectory("/");
    }
}
