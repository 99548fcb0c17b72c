using System.Text;
using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux;

/// <summary>The kernel's consoles.</summary>
public static class Terminal
{
    private const nuint TIOCSCTTY = 0x540e;

    /// <summary>Whether a file descriptor is a terminal: somebody sees what is written as it comes.</summary>
    public static bool IsTerminal(int descriptor) => LibC.isatty(descriptor) == 1;

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

    /// <summary>Makes a terminal standard input, output and error, but not the controlling terminal; false when it cannot be opened.</summary>
    public static bool TryUseAsStandard(string path)
    {
        using var terminal = LibC.open(path, LibC.O_RDWR | LibC.O_NOCTTY | LibC.O_CLOEXEC, 0);
        return !terminal.IsInvalid && Enumerable.Range(0, 3).All(fd => LibC.dup2((int)terminal.DangerousGetHandle(), fd) == fd);
    }

    // Not System.Console: it sets the terminal up in its own way, which a program that is executed afterwards would inherit.

    /// <summary>Writes to standard output.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static void Write(string text) => Write(text, 1, "standard output");

    /// <summary>Writes to standard error.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static void WriteError(string text) => Write(text, 2, "standard error");

    private static unsafe void Write(string text, int descriptor, string name)
    {
        using var output = new SafeFileHandle(descriptor, ownsHandle: false);
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* at = bytes)
            for (nint done = 0; done < bytes.Length;)
                done += (nint)Errno.Check(LibC.write(output, at + done, bytes.Length - done), "write", name);
    }

    /// <summary>Reads a line from standard input, a terminal that hands out whole lines; null at its end.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static unsafe string? ReadLine()
    {
        using var input = new SafeFileHandle(0, ownsHandle: false);
        Span<byte> line = stackalloc byte[4096]; // N_TTY_BUF_SIZE
        fixed (byte* at = line)
        {
            var length = (int)Errno.Check(LibC.read(input, at, line.Length), "read", "standard input");
            return length == 0 ? null : Encoding.UTF8.GetString(line[..length]).TrimEnd('\r', '\n');
        }
    }
}
