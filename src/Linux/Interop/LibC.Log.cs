using System.Runtime.InteropServices;

namespace ImageBuilder.Linux.Interop;

/// <summary>syslog(2), which the C library calls klogctl(3).</summary>
internal static partial class LibC
{
    public const int SYSLOG_ACTION_READ_ALL = 3;
    public const int SYSLOG_ACTION_SIZE_BUFFER = 10;

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int klogctl(int type, byte* bufp, int len);
}
