using System.Text;
using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Mounts;

/// <summary>
/// A file system being put together: fsopen(2), one fsconfig(2) per option, fsmount(2), move_mount(2). Unlike mount(2) it cuts no
/// options off, and the kernel says in words what it did not like.
/// </summary>
public sealed class FileSystemContext : IDisposable
{
    /// <summary>The kernel takes at most this many bytes as the value of one option (measured: 269 gave EINVAL).</summary>
    public const int LongestValue = 255;

    private readonly string type;
    private readonly SafeFileHandle context;

    private FileSystemContext(string type, SafeFileHandle context)
    {
        this.type = type;
        this.context = context;
    }

    /// <summary>Starts with a type of file system; null on kernels before 5.2, which do not have the call.</summary>
    /// <exception cref="LinuxException">The kernel does not know the type (ENODEV), or another reason.</exception>
    public static FileSystemContext? TryOpen(string type)
    {
        var fd = LibC.fsopen(type, LibC.FSOPEN_CLOEXEC);
        if (fd >= 0)
            return new FileSystemContext(type, new SafeFileHandle(fd, ownsHandle: true));
        if (System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == Errno.ENOSYS)
            return null;
        Errno.Throw("fsopen", type);
        return null;
    }

    /// <summary>Sets an option that has a value.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public void Set(string key, string value)
    {
        if (Encoding.UTF8.GetByteCount(value) > LongestValue)
            throw new LinuxException("fsconfig", $"{type} {key}", Errno.EINVAL, $"the value is longer than {LongestValue} bytes: {value}");
        if (LibC.fsconfig(context, LibC.FSCONFIG_SET_STRING, key, value) < 0)
            Fail("fsconfig", $"{key}={value}");
    }

    /// <summary>As <see cref="Set"/>; false when this kernel does not know the option.</summary>
    public bool TrySet(string key, string value) => LibC.fsconfig(context, LibC.FSCONFIG_SET_STRING, key, value) == 0;

    /// <summary>Sets an option that has no value.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public void SetFlag(string key)
    {
        if (LibC.fsconfig(context, LibC.FSCONFIG_SET_FLAG, key, null) < 0)
            Fail("fsconfig", key);
    }

    /// <summary>Creates the file system and attaches it.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public void MountAt(string target)
    {
        using var mount = Mount();
        if (LibC.move_mount(mount, target) < 0)
            Errno.Throw("move_mount", $"{type} to {target}");
    }

    /// <summary>
    /// Creates the file system, attached nowhere: no program sees it, what is in it is reached as /proc/self/fd/N/…, and it goes with the handle.
    /// </summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public SafeFileHandle Mount()
    {
        if (LibC.fsconfig(context, LibC.FSCONFIG_CMD_CREATE, null, null) < 0)
            Fail("fsconfig", "create");
        var fd = LibC.fsmount(context, LibC.FSMOUNT_CLOEXEC, 0);
        if (fd < 0)
            Fail("fsmount", "");
        return new SafeFileHandle(fd, ownsHandle: true);
    }

    public void Dispose() => context.Dispose();

    private unsafe void Fail(string call, string what)
    {
        var number = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
        // Each read(2) of the context gives one message: "e overlay: …" (e, w or i, a space, the text).
        var said = new StringBuilder(Errno.Text(number));
        Span<byte> buffer = stackalloc byte[1024];
        fixed (byte* at = buffer)
            for (nint length; (length = LibC.read(context, at, buffer.Length)) > 2;)
                said.Append("; ").Append(Encoding.UTF8.GetString(buffer[2..(int)length]).TrimEnd());
        throw new LinuxException(call, $"{type} {what}", number, said.ToString());
    }
}
