using System.Runtime.InteropServices;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Sources.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>A file of the builder's machine as content. It is opened for each read, so that a tree may name more files than may be open.</summary>
/// <param name="path">The path, NUL-terminated bytes.</param>
/// <param name="length">Its length when the folder was scanned.</param>
internal sealed class HostFile(byte[] path, long length) : Content
{
    public override long Length => length;

    public override void Read(long offset, Span<byte> buffer)
    {
        using var file = Open(path);
        From(file, 0, length, EntryName.Printable(path.AsSpan()[..^1])).Read(offset, buffer);
    }

    /// <summary>Opens a file or folder for reading.</summary>
    /// <exception cref="ImageException">IB3030: it has vanished or cannot be read.</exception>
    public static SafeFileHandle Open(byte[] path)
    {
        var descriptor = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failed(path, "opened");
    }

    /// <summary>The error for the call that has just failed.</summary>
    public static ImageException Failed(byte[] path, string verb) => new(ImageErrorKind.Io, "IB3030",
        $"{EntryName.Printable(path.AsSpan()[..^1])} cannot be {verb}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
}
