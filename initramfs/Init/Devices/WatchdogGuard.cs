using ImageBuilder.Linux;

namespace ImageBuilder.Init;

/// <summary>A watchdog over the part of the boot that can hang, and over what comes next if that knows of it.</summary>
internal static class WatchdogGuard
{
    public const string Device = "/dev/watchdog0";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    public static void Start(Boot boot)
    {
        boot.Watchdog ??= Watchdog.TryStart(Device, Timeout);
        boot.Watchdog?.Feed();
        if (boot.Watchdog is { } running)
            boot.Log.Info($"watchdog: restarts the machine after {running.Timeout.TotalSeconds:0} s");
    }

    /// <summary>Before the real init: it goes on when systemd was told to feed it; a watchdog that nobody feeds would end every system.</summary>
    public static void HandOver(Boot boot)
    {
        if (boot.Watchdog is null)
            return;
        var handedOver = boot.CommandLine.Last("systemd.watchdog_sec") is not (null or "0" or "off");
        if (handedOver)
            boot.Watchdog.Dispose();
        else
            boot.Watchdog.Stop();
        boot.Watchdog = null;
        boot.Decide("watchdog", handedOver ? "handed over" : "stopped", handedOver ? "systemd.watchdog_sec= is given" : "systemd.watchdog_sec= is not given");
    }

    /// <summary>While a person reads.</summary>
    public static void Stop(Boot boot)
    {
        boot.Watchdog?.Stop();
        boot.Watchdog = null;
    }
}
