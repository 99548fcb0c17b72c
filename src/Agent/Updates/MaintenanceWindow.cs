namespace ImageBuilder.Agent.Updates;

/// <summary>A part of the day, UTC, in which a device may install and restart; it may go over midnight.</summary>
/// <param name="Start">From this time of day on.</param>
/// <param name="End">Up to this one; the same as the start: all day.</param>
internal sealed record MaintenanceWindow(TimeSpan Start, TimeSpan End)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Reads "HH:MM-HH:MM"; empty is all day. Null for anything else.</summary>
    public static MaintenanceWindow? TryParse(string text) => text.Length == 0 ? new MaintenanceWindow(TimeSpan.Zero, TimeSpan.Zero)
        : text.Split('-') is [var start, var end] && TryTime(start, out var from) && TryTime(end, out var to) ? new MaintenanceWindow(from, to) : null;

    /// <summary>How long until it is open; zero while it is.</summary>
    public TimeSpan Until(DateTimeOffset now)
    {
        var since = Wrap(now.UtcDateTime.TimeOfDay - Start);
        return Start == End || since < Wrap(End - Start) ? TimeSpan.Zero : Day - since;
    }

    private static TimeSpan Wrap(TimeSpan time) => time < TimeSpan.Zero ? time + Day : time;

    private static bool TryTime(string text, out TimeSpan time)
    {
        // TimeSpan.TryParseExact knows every format, and takes 24 KB of the program.
        time = default;
        if (text is not [>= '0' and <= '2', >= '0' and <= '9', ':', >= '0' and <= '5', >= '0' and <= '9'])
            return false;
        time = new TimeSpan(((text[0] - '0') * 10) + text[1] - '0', ((text[3] - '0') * 10) + text[4] - '0', 0);
        return time < Day;
    }
}
