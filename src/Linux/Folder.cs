using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux;

/// <summary>Folders held open, so that they stay reachable as /proc/self/fd/N whatever is mounted over their path.</summary>
public static class Folder
{
    /// <summary>Opens a folder.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static SafeFileHandle Open(string path)
    {
        var handle = LibC.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        if (handle.IsInvalid)
            Errno.Throw("open", path);
        return handle;
    }
}
