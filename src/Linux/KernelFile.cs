using System.Text;
using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux;

/// <summary>Small files of /proc and /sys, where "not there" is an answer and no exception.</summary>
public static class KernelFile
{
    private const int Longest = 64 << 10;

    /// <summary>The text without the line feed at its end; null when the file is not there or cannot be read.</summary>
    public static unsafe string? TryRead(string path)
    {
        using var file = LibC.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        if (file.IsInvalid)
            return null;
        Span<byte> first = stackalloc byte[4096];
        var length = Read(file, first);
        if (length < first.Length)
            return length < 0 ? null : Encoding.UTF8.GetString(first[..length]).TrimEnd('\n');
        var all = new byte[Longest];
        first.CopyTo(all);
        while (length < all.Length && Read(file, all.AsSpan(length)) is > 0 and var more)
            length += more;
        return Encoding.UTF8.GetString(all, 0, length).TrimEnd('\n');
    }

    /// <summary>Writes a value; false when the kernel does not take it.</summary>
    public static unsafe bool TryWrite(string path, string value)
    {
        using var file = LibC.open(path, LibC.O_WRONLY | LibC.O_CLOEXEC, 0);
        var bytes = Encoding.UTF8.GetBytes(value);
        fixed (byte* at = bytes)
            return !file.IsInvalid && LibC.write(file, at, bytes.Length) == bytes.Length;
    }

    private static unsafe int Read(SafeFileHandle file, Span<byte> buffer)
    {
        fixed (byte* at = buffer)
            return (int)LibC.read(file, at, buffer.Length);
    }
}
