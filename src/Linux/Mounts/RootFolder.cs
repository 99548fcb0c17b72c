using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Mounts;

/// <summary>Looks at paths as a process with <paramref name="root"/> as its root would: links stay inside (openat2(2), RESOLVE_IN_ROOT).</summary>
public sealed class RootFolder(string root)
{
    /// <summary>The folder.</summary>
    public string Path { get; } = root;

    /// <summary>True when a regular file is there that may be executed; needs /proc.</summary>
    public bool IsExecutable(string path)
    {
        using var folder = LibC.open(Path, LibC.O_PATH | LibC.O_CLOEXEC, 0);
        if (folder.IsInvalid)
            return false;
        var fd = LibC.openat2(folder, path, new LibC.RawOpenHow { flags = LibC.O_PATH | LibC.O_CLOEXEC, resolve = LibC.RESOLVE_IN_ROOT });
        if (fd < 0)
            return false;
        using var file = new SafeFileHandle(fd, ownsHandle: true);
        return Process.IsExecutable($"/proc/self/fd/{fd}");
    }
}
