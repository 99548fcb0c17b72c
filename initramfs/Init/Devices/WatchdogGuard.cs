using ImageBuilder.Linux;
using ImageBuilder.Update;

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

    /// <summary>
    /// Before the real init: it goes on when systemd was told to feed it, and when this version is on trial and its systemd will, so that a hang brings the
    /// version before back. A watchdog that nobody feeds would end every system.
    /// </summary>
    public static void HandOver(Boot boot)
    {
        if (boot.Watchdog is null)
            return;
        var (handedOver, why) = Choose(boot.CommandLine.Last("systemd.watchdog_sec"), File.Exists(DevicePaths.Trial), File.Exists(Paths.NewRoot + DevicePaths.WatchdogDropIn));
        if (handedOver)
        {
            boot.Watchdog.Feed();
            boot.Watchdog.Dispose();
        }
        else
        {
            boot.Watchdog.Stop();
        }
        boot.Watchdog = null;
        boot.Decide("watchdog", handedOver ? "handed over" : "stopped", why);
    }

    internal static (bool HandedOver, string Why) Choose(string? asked, bool isTrial, bool isFed) => asked switch
    {
        "0" or "off" => (false, "systemd.watchdog_sec= forbids it"),
        not null => (true, "systemd.watchdog_sec= is given"),
        null when !isTrial => (false, "systemd.watchdog_sec= is not given, and nothing is on trial"),
        null when isFed => (true, "this version is on trial, and its systemd feeds it"),
        null => (false, $"this version is on trial, but nothing tells its init to feed it: {DevicePaths.WatchdogDropIn} is not there"),
    };

    /// <summary>While a person reads.</summary>
    public static void Stop(Boot boot)
    {
        boot.Watchdog?.Stop();
        boot.Watchdog = null;
    }
}
