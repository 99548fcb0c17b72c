using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Files;

/// <summary>A path as the bytes that it is: Linux gives names no encoding, and what .NET would make of some leads nowhere. Links at its end are not followed.</summary>
public readonly struct BytePath
{
    // struct linux_dirent64, getdents64(2): inode, offset, record length, type, name.
    private const int DirentLength = 16;
    private const int DirentName = 19;
    private const int MaxTarget = 4096;
    private const int ListingLength = 64 << 10;

    private BytePath(byte[] terminated) => Terminated = terminated;

    /// <param name="path">The path; as UTF-8.</param>
    public BytePath(string path) => Terminated = [.. Encoding.UTF8.GetBytes(path), 0];

    /// <summary>The bytes, and a NUL.</summary>
    internal byte[] Terminated { get; }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => Terminated.AsSpan()[..^1];

    /// <summary>The path of a name in this folder.</summary>
    public BytePath Child(ReadOnlySpan<byte> name) => new([.. Bytes.EndsWith("/"u8) ? Bytes[..^1] : Bytes, (byte)'/', .. name, 0]);

    /// <summary>Opens the file or folder for reading; neither follows a link that has taken its place, nor waits at a pipe.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public SafeFileHandle Open()
    {
        var handle = LibC.open(Terminated, LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_NOFOLLOW | LibC.O_NONBLOCK, 0);
        if (handle.IsInvalid)
            Errno.Throw("open", ToString());
        return handle;
    }

    /// <summary>The names in this folder, in the file system's order, without "." and "..".</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public unsafe List<byte[]> Names()
    {
        using var folder = Open();
        var names = new List<byte[]>();
        var buffer = ArrayPool<byte>.Shared.Rent(ListingLength);
        try
        {
            fixed (byte* to = buffer)
                while (Errno.Check(LibC.getdents64(folder, to, buffer.Length), "getdents64", this) is > 0 and var read)
                    for (var at = 0; at < read; at += MemoryMarshal.Read<ushort>(buffer.AsSpan(at + DirentLength)))
                    {
                        var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(to + at + DirentName);
                        if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                            names.Add(name.ToArray());
                    }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return names;
    }

    /// <summary>The target of this symbolic link.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public unsafe byte[] ReadLink()
    {
        var target = stackalloc byte[MaxTarget];
        return new ReadOnlySpan<byte>(target, (int)Errno.Check(LibC.readlink(Terminated, target, MaxTarget), "readlink", this)).ToArray();
    }

    /// <summary>The extended attributes, by full name; what the caller may not see is not among them.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public unsafe List<(string Name, byte[] Value)> Xattrs()
    {
        var found = new List<(string, byte[])>();
        var size = LibC.llistxattr(Terminated, null, 0);
        if (size == 0 || (size < 0 && Marshal.GetLastPInvokeError() == Errno.EOPNOTSUPP))
            return found;
        var list = new byte[Errno.Check(size, "llistxattr", this)];
        fixed (byte* to = list)
            size = (nint)Errno.Check(LibC.llistxattr(Terminated, to, list.Length), "llistxattr", this);
        foreach (var range in list.AsSpan(0, (int)size).Split((byte)0))
        {
            var name = list.AsSpan(range);
            if (!name.IsEmpty && Value([.. name, 0]) is { } value)
                found.Add((Encoding.UTF8.GetString(name), value));
        }
        return found;
    }

    /// <summary>The path for people.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Bytes);

    // Null when it has gone meanwhile.
    private unsafe byte[]? Value(byte[] name)
    {
        var length = LibC.lgetxattr(Terminated, name, null, 0);
        var value = new byte[Math.Max(0, length)];
        fixed (byte* to = value)
            length = length < 0 ? length : LibC.lgetxattr(Terminated, name, to, value.Length);
        if (length < 0 && Marshal.GetLastPInvokeError() == Errno.ENODATA)
            return null;
        return value[..(int)Errno.Check(length, "lgetxattr", this)];
    }
}
