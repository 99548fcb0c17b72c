using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux;

/// <summary>A watchdog device, Documentation/watchdog/watchdog-api.rst: it restarts the machine unless it is fed.</summary>
public sealed class Watchdog : IDisposable
{
    // _IOR('W', 5, int), _IOWR('W', 6, int)
    private const nuint WDIOC_KEEPALIVE = 0x80045705;
    private const nuint WDIOC_SETTIMEOUT = 0xc0045706;
    private readonly SafeFileHandle device;

    private Watchdog(SafeFileHandle device, int timeout)
    {
        this.device = device;
        Timeout = TimeSpan.FromSeconds(timeout);
    }

    /// <summary>After this time without <see cref="Feed"/> the machine restarts; what the device made of the wish.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>Starts the watchdog; null when there is none, or somebody else has it.</summary>
    public static unsafe Watchdog? TryStart(string path, TimeSpan timeout)
    {
        var device = LibC.open(path, LibC.O_WRONLY | LibC.O_CLOEXEC, 0);
        if (device.IsInvalid)
            return null;
        var seconds = (int)timeout.TotalSeconds;
        _ = LibC.ioctl(device, WDIOC_SETTIMEOUT, &seconds); // writes back what it really is; some devices have one time only
        return new Watchdog(device, seconds);
    }

    /// <summary>Starts the time anew.</summary>
    public void Feed() => _ = LibC.ioctl(device, WDIOC_KEEPALIVE, 0);

    /// <summary>Stops the watchdog: the "magic close". Devices set to nowayout go on.</summary>
    public unsafe void Stop()
    {
        var magic = (byte)'V';
        _ = LibC.write(device, &magic, 1);
        device.Dispose();
    }

    /// <summary>Lets go of the device without stopping it: whoever opens it next must feed it.</summary>
    public void Dispose() => device.Dispose();
}
