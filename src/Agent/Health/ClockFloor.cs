using ImageBuilder.Linux;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Health;

/// <summary>The clock is never before the newest time that was signed and seen: a device without a battery would find every signature from the future.</summary>
internal static class ClockFloor
{
    /// <summary>The time that counts, in seconds since 1970: the clock's, or the floor.</summary>
    public static long Now(StateRecord? record) => Math.Max(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), record?.NewestTime ?? 0);

    /// <summary>Sets a clock that is before the floor to it; true when it was.</summary>
    /// <exception cref="LinuxException">The kernel does not take it.</exception>
    public static bool Apply(StateRecord? record)
    {
        var now = Now(record);
        if (now <= DateTimeOffset.UtcNow.ToUnixTimeSeconds())
            return false;
        Machine.SetClock(now);
        return true;
    }
}
