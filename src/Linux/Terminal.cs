using ImageBuilder.Linux.Interop;

namespace ImageBuilder.Linux;

/// <summary>The kernel's consoles.</summary>
public static class Terminal
{
    private const nuint TIOCSCTTY = 0x540e;

    /// <summary>Names of the active consoles, below /dev, the one that /dev/console leads to last; needs /sys.</summary>
    public static IReadOnlyList<string> ActiveConsoles()
    {
        try
        {
            return File.ReadAllText("/sys/class/tty/console/active").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>Opens a terminal for writing, not as controlling terminal; null when that is not possible.</summary>
    public static FileStream? TryOpenForWriting(string path)
    {
        var handle = LibC.open(path, LibC.O_WRONLY | LibC.O_NOCTTY | LibC.O_CLOEXEC, 0);
        return handle.IsInvalid ? null : new FileStream(handle, FileAccess.Write, bufferSize: 0);
    }

    /// <summary>Starts a session on a terminal and makes it standard input, output and error.</summary>
    public static void TakeOver(string path)
    {
        _ = LibC.setsid(); // fails when it is a session leader already
        using var terminal = LibC.open(path, LibC.O_RDWR | LibC.O_CLOEXEC, 0);
        if (terminal.IsInvalid)
            Errno.Throw("open", path);
        _ = LibC.ioctl(terminal, TIOCSCTTY, 1);
        for (var fd = 0; fd <= 2; fd++)
            Errno.Check(LibC.dup2((int)terminal.DangerousGetHandle(), fd), "dup2", path);
    }
}
