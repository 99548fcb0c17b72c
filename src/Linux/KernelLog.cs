using System.Text;
using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux;

/// <summary>The kernel's log: /dev/kmsg for writing, syslog(2) for reading.</summary>
public sealed class KernelLog : IDisposable
{
    /// <summary>Levels of syslog(3).</summary>
    public enum Level
    {
        Error = 3,
        Warning = 4,
        Notice = 5,
        Info = 6,
        Debug = 7,
    }

    private const int LongestRecord = 900; // the kernel refuses records of 1 KiB and more, its prefix included
    private readonly SafeFileHandle file;

    private KernelLog(SafeFileHandle file) => this.file = file;

    /// <summary>Opens the log for writing; null when there is no /dev/kmsg.</summary>
    public static KernelLog? TryOpen()
    {
        var file = LibC.open("/dev/kmsg", LibC.O_WRONLY | LibC.O_CLOEXEC, 0);
        return file.IsInvalid ? null : new KernelLog(file);
    }

    /// <summary>Adds a line; what is too long for the kernel is cut.</summary>
    public unsafe void Write(Level level, string line)
    {
        var record = Encoding.UTF8.GetBytes($"<{(int)level}>{line}\n");
        var length = Math.Min(record.Length, LongestRecord);
        record[length - 1] = (byte)'\n'; // without it the kernel holds the record back: it could be continued
        fixed (byte* at = record)
            _ = LibC.write(file, at, length);
    }

    /// <summary>Everything in the log, as dmesg(1) would show it.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static unsafe string ReadAll()
    {
        var buffer = new byte[Errno.Check(LibC.klogctl(LibC.SYSLOG_ACTION_SIZE_BUFFER, null, 0), "syslog", "size")];
        fixed (byte* at = buffer)
            return Encoding.UTF8.GetString(buffer, 0, Errno.Check(LibC.klogctl(LibC.SYSLOG_ACTION_READ_ALL, at, buffer.Length), "syslog", "read"));
    }

    public void Dispose() => file.Dispose();
}
