using System.Runtime.InteropServices;

namespace ImageBuilder.Linux.Interop;

/// <summary>socket(2), bind(2), recv(2), poll(2).</summary>
internal static partial class LibC
{
    public const int AF_NETLINK = 16;
    public const int SOCK_DGRAM = 2;
    public const int SOCK_CLOEXEC = O_CLOEXEC;
    public const int SOCK_NONBLOCK = O_NONBLOCK;
    public const int NETLINK_KOBJECT_UEVENT = 15;
    public const int SOL_SOCKET = 1;
    public const int SO_RCVBUFFORCE = 33;
    public const short POLLIN = 1;

    /// <summary>struct sockaddr_nl of linux/netlink.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RawSockaddrNl
    {
        public const int Size = 12;
        public ushort nl_family;
        public ushort nl_pad;
        public uint nl_pid;
        public uint nl_groups;
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RawPollfd
    {
        public int fd;
        public short events;
        public short revents;
    }

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int bind(SafeHandle sockfd, RawSockaddrNl* addr, uint addrlen);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int setsockopt(SafeHandle sockfd, int level, int optname, void* optval, uint optlen);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint recvfrom(SafeHandle sockfd, byte* buf, nint len, int flags, RawSockaddrNl* from, uint* fromlen);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int poll(RawPollfd* fds, nuint nfds, int timeout);
}
