using System.Runtime.InteropServices;
using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Devices;

/// <summary>The kernel's device messages, netlink(7) NETLINK_KOBJECT_UEVENT. Must be closed before the real init starts its own udev.</summary>
public sealed class UeventSocket : IDisposable
{
    private const uint KernelGroup = 1; // group 2 is udev's
    private const int ReceiveBuffer = 16 << 20;
    private const int LongestMessage = 16 << 10; // the kernel's own buffer is 2 KiB
    private readonly SafeFileHandle socket;
    private readonly byte[] buffer = new byte[LongestMessage];

    /// <summary>Opens the socket; messages are kept from now on.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public unsafe UeventSocket()
    {
        socket = new SafeFileHandle(Errno.Check(
            LibC.socket(LibC.AF_NETLINK, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK, LibC.NETLINK_KOBJECT_UEVENT), "socket", "uevents"), ownsHandle: true);
        var size = ReceiveBuffer;
        _ = LibC.setsockopt(socket, LibC.SOL_SOCKET, LibC.SO_RCVBUFFORCE, &size, sizeof(int)); // a wish; needs root
        var address = new LibC.RawSockaddrNl { nl_family = LibC.AF_NETLINK, nl_groups = KernelGroup };
        Errno.Check(LibC.bind(socket, &address, LibC.RawSockaddrNl.Size), "bind", "uevents");
    }

    /// <summary>Waits for a message.</summary>
    /// <returns>False when <paramref name="timeout"/> has passed and there is none.</returns>
    public unsafe bool Wait(TimeSpan timeout)
    {
        var poll = new LibC.RawPollfd { fd = (int)socket.DangerousGetHandle(), events = LibC.POLLIN };
        var milliseconds = (int)Math.Clamp(Math.Ceiling(timeout.TotalMilliseconds), 0, int.MaxValue);
        var ready = LibC.poll(&poll, 1, milliseconds);
        if (ready < 0 && Marshal.GetLastPInvokeError() != Errno.EINTR)
            Errno.Throw("poll", "uevents");
        return ready > 0;
    }

    /// <summary>Takes the next message without waiting; null when there is none.</summary>
    /// <param name="lost">Set when the kernel had to drop messages: the devices must be walked again.</param>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public unsafe Uevent? TryReceive(out bool lost)
    {
        lost = false;
        while (true)
        {
            var sender = default(LibC.RawSockaddrNl);
            var senderLength = (uint)LibC.RawSockaddrNl.Size;
            nint length;
            fixed (byte* at = buffer)
                length = LibC.recvfrom(socket, at, buffer.Length, 0, &sender, &senderLength);
            if (length < 0)
            {
                switch (Marshal.GetLastPInvokeError())
                {
                    case Errno.EAGAIN: return null;
                    case Errno.EINTR: continue;
                    case Errno.ENOBUFS: lost = true; continue;
                    default: Errno.Throw("recvfrom", "uevents"); break;
                }
            }
            // Only the kernel sends from port 0; anything else is somebody pretending.
            if (sender.nl_pid == 0 && Uevent.TryParse(buffer.AsSpan(0, (int)length)) is { } uevent)
                return uevent;
        }
    }

    public void Dispose() => socket.Dispose();
}
