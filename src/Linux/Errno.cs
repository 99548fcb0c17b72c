using System.Runtime.InteropServices;
using ImageBuilder.Linux.Files;

namespace ImageBuilder.Linux;

/// <summary>Error numbers that are looked at by name (asm-generic/errno-base.h and errno.h; the same on every architecture .NET runs on).</summary>
public static class Errno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int EIO = 5;
    public const int ENXIO = 6;
    public const int EAGAIN = 11;
    public const int EACCES = 13;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int EXDEV = 18;
    public const int ENODEV = 19;
    public const int ENOTDIR = 20;
    public const int EISDIR = 21;
    public const int EINVAL = 22;
    public const int ENOTTY = 25;
    public const int ENOSPC = 28;
    public const int EROFS = 30;
    public const int ENOSYS = 38;
    public const int ELOOP = 40;
    public const int ENODATA = 61;
    public const int EOPNOTSUPP = 95;
    public const int ENOBUFS = 105;
    public const int ENOMEDIUM = 123;

    /// <summary>Throws what errno says about the call that has just failed.</summary>
    /// <param name="call">The call as its man page names it.</param>
    /// <param name="target">What it was called on.</param>
    /// <exception cref="LinuxException">Always.</exception>
    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    public static void Throw(string call, string target) => throw new LinuxException(call, target, Marshal.GetLastPInvokeError());

    /// <summary>Passes a result through; a negative one throws.</summary>
    internal static int Check(int result, string call, string target)
    {
        if (result < 0)
            Throw(call, target);
        return result;
    }

    /// <inheritdoc cref="Check(int, string, string)"/>
    internal static long Check(long result, string call, string target)
    {
        if (result < 0)
            Throw(call, target);
        return result;
    }

    /// <inheritdoc cref="Check(int, string, string)"/>
    internal static long Check(long result, string call, BytePath target)
    {
        if (result < 0)
            Throw(call, target.ToString()); // text only where somebody reads it: whole trees pass here
        return result;
    }

    /// <summary>The text of strerror(3).</summary>
    public static string Text(int number) => Marshal.GetPInvokeErrorMessage(number);
}
