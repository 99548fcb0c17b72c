using System.Runtime.InteropServices;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>A file of the builder's machine as content. It is opened for each read, so that a tree may name more files than may be open.</summary>
/// <param name="path">The path, NUL-terminated bytes.</param>
/// <param name="scanned">What the file was when the folder was scanned.</param>
internal sealed class HostFile(byte[] path, LibC.RawStatx scanned) : Content
{
    public override long Length { get; } = checked((long)scanned.stx_size);

    /// <exception cref="ImageException">IB3030: it has vanished or cannot be read. IB3049: it is another file, or was written to, since the folder was scanned.</exception>
    public override void Read(long offset, Span<byte> buffer)
    {
        using var file = Open(path);
        if (LibC.statx(file, [0], LibC.AT_EMPTY_PATH, LibC.STATX_BASIC_STATS, out var now) < 0)
            throw Failed(path, "read");
        if (Identity(now) != Identity(scanned))
            throw new ImageException(ImageErrorKind.Io, "IB3049", $"{Name} changed while it was being packed: it had {scanned.stx_size} bytes and has {now.stx_size}, or was written to; leave the folder alone until the image is made");
        From(file, 0, Length, Name).Read(offset, buffer);
    }

    private string Name => EntryName.Printable(path.AsSpan()[..^1]);

    private static (uint, uint, ulong, ushort, ulong, long, uint) Identity(in LibC.RawStatx stat) =>
        (stat.stx_dev_major, stat.stx_dev_minor, stat.stx_ino, stat.stx_mode, stat.stx_size, stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec);

    /// <summary>Opens a file or folder for reading; neither follows a link that has taken its place, nor waits at a pipe.</summary>
    /// <exception cref="ImageException">IB3030: it has vanished or cannot be read.</exception>
    public static SafeFileHandle Open(byte[] path)
    {
        var descriptor = LibC.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_NOFOLLOW | LibC.O_NONBLOCK);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failed(path, "opened");
    }

    /// <summary>The error for the call that has just failed.</summary>
    public static ImageException Failed(byte[] path, string verb) => new(ImageErrorKind.Io, "IB3030",
        $"{EntryName.Printable(path.AsSpan()[..^1])} cannot be {verb}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
}
