using ImageBuilder.Linux;

namespace ImageBuilder.Init;

/// <summary>A clock that has lost its time says 1970: it cannot be before what was signed and seen here.</summary>
internal static class ClockFloor
{
    public static void Apply(Boot boot, long newestTime)
    {
        if (newestTime <= DateTimeOffset.UtcNow.ToUnixTimeSeconds())
            return;
        try
        {
            Machine.SetClock(newestTime);
            boot.Decide("clock", $"set to {newestTime}", "it was before the newest signed time");
        }
        catch (LinuxException error)
        {
            boot.Log.Warning($"the clock is before the newest signed time, and cannot be set: {error.Message}");
        }
    }
}
