using System.Text;
using ImageBuilder.Linux.Interop;

namespace ImageBuilder.Linux;

/// <summary>The machine as a whole: clock, kernel, reboot(2).</summary>
public static class Machine
{
    private const int LINUX_REBOOT_CMD_RESTART = 0x01234567;
    private const int LINUX_REBOOT_CMD_HALT = unchecked((int)0xcdef0123);
    private const int LINUX_REBOOT_CMD_POWER_OFF = 0x4321fedc;
    private const int LINUX_REBOOT_CMD_KEXEC = 0x45584543;

    /// <summary>Time since the kernel started, CLOCK_BOOTTIME, in microseconds.</summary>
    public static unsafe long MicrosecondsSinceBoot()
    {
        var time = default(LibC.RawTimespec);
        Errno.Check(LibC.clock_gettime(LibC.CLOCK_BOOTTIME, &time), "clock_gettime", "CLOCK_BOOTTIME");
        return (time.tv_sec * 1_000_000) + (time.tv_nsec / 1_000);
    }

    /// <summary>Sets the clock, CLOCK_REALTIME, to seconds since 1970.</summary>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static unsafe void SetClock(long seconds)
    {
        var time = new LibC.RawTimespec { tv_sec = seconds };
        Errno.Check(LibC.clock_settime(LibC.CLOCK_REALTIME, &time), "clock_settime", "CLOCK_REALTIME");
    }

    /// <summary>The running kernel's release: "6.12.57+deb13-amd64".</summary>
    public static unsafe string KernelRelease()
    {
        var names = default(LibC.RawUtsname);
        Errno.Check(LibC.uname(&names), "uname", "");
        ReadOnlySpan<byte> release = new((byte*)&names + (LibC.RawUtsname.ReleaseField * LibC.RawUtsname.UtsFieldLength), LibC.RawUtsname.UtsFieldLength);
        return Encoding.UTF8.GetString(release[..release.IndexOf((byte)0)]);
    }

    /// <summary>A figure of /proc/meminfo, such as "MemTotal" or "MemAvailable", in bytes; 0 when it is not there.</summary>
    public static long Memory(string figure)
    {
        // MemTotal:        1004532 kB
        var line = KernelFile.TryRead("/proc/meminfo")?.Split('\n').FirstOrDefault(line => line.StartsWith(figure + ":", StringComparison.Ordinal));
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var number, ..] && long.TryParse(number, out var kilobytes) ? kilobytes << 10 : 0;
    }

    /// <summary>A random UUID of version 4 (RFC 9562), from the kernel, which never waits for entropy for it.</summary>
    /// <exception cref="IOException">The kernel gives none.</exception>
    public static Guid RandomUuid() =>
        Guid.TryParse(KernelFile.TryRead("/proc/sys/kernel/random/uuid"), out var uuid) ? uuid : throw new IOException("/proc/sys/kernel/random/uuid gives no UUID");

    /// <summary>Writes everything to the disks, then restarts.</summary>
    public static void Restart() => Reboot(LINUX_REBOOT_CMD_RESTART);

    /// <summary>Writes everything to the disks, then turns the machine off.</summary>
    public static void PowerOff() => Reboot(LINUX_REBOOT_CMD_POWER_OFF);

    /// <summary>Writes everything to the disks, then stops.</summary>
    public static void Halt() => Reboot(LINUX_REBOOT_CMD_HALT);

    /// <summary>Writes everything to the disks, then starts the kernel that kexec(8) has loaded.</summary>
    public static void Kexec() => Reboot(LINUX_REBOOT_CMD_KEXEC);

    private static void Reboot(int command)
    {
        LibC.sync();
        Errno.Check(LibC.reboot(command), "reboot", $"0x{command:x8}");
    }
}
