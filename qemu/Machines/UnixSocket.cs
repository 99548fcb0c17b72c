using System.Net.Sockets;

namespace ImageBuilder.Qemu.Machines;

/// <summary>Listening sockets that QEMU connects to as it starts, so that nothing a guest says is missed.</summary>
internal static class UnixSocket
{
    /// <summary>Listens at a path for one peer.</summary>
    public static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen(1);
        return socket;
    }
}
