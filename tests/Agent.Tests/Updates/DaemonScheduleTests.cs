using ImageBuilder.Agent.Updates;
using ImageBuilder.Update;

namespace ImageBuilder.Agent.Tests.Updates;

/// <summary>When the daemon looks and when it may install: decisions, without a clock.</summary>
public class DaemonScheduleTests
{
    [Theory]
    [InlineData(0, 0, 19.2)]
    [InlineData(0.5, 2.5, 21.6)]
    [InlineData(1, 5, 24)]
    public void A_part_of_every_wait_is_left_to_chance(double chance, double firstMinutes, double nextHours)
    {
        var schedule = new DaemonSchedule(new UpdateSettings { Interval = 86_400 }, () => chance);
        Assert.Equal(firstMinutes, schedule.First().TotalMinutes, 6);
        Assert.Equal(nextHours, schedule.Next().TotalHours, 6);
        Assert.Equal(60 + (15 * chance), schedule.UntilOpen(TimeSpan.FromHours(1)).TotalMinutes, 6);
    }

    [Fact]
    public void Failures_in_a_row_make_the_wait_longer_up_to_the_interval_and_a_success_ends_the_row()
    {
        var schedule = new DaemonSchedule(new UpdateSettings { Interval = 600 }, () => 1);
        Assert.Equal([1, 2, 4, 8, 10, 10, 10], Enumerable.Range(0, 7).Select(_ => schedule.AfterFailure().TotalMinutes));
        schedule.Next();
        Assert.Equal(1, schedule.AfterFailure().TotalMinutes);
        Assert.Equal(30, new DaemonSchedule(new UpdateSettings(), () => 0).AfterFailure().TotalSeconds);
        for (var i = 0; i < 100; i++)
            schedule.AfterFailure();
        Assert.Equal(10, schedule.AfterFailure().TotalMinutes);
    }

    [Fact]
    public void An_interval_of_less_than_a_minute_is_a_minute() =>
        Assert.Equal(60, new DaemonSchedule(new UpdateSettings { Interval = 1 }, () => 1).Next().TotalSeconds);

    [Theory]
    [InlineData("", "12:00", 0)]
    [InlineData("02:00-04:00", "02:00", 0)]
    [InlineData("02:00-04:00", "03:59", 0)]
    [InlineData("02:00-04:00", "04:00", 22 * 60)]
    [InlineData("02:00-04:00", "01:30", 30)]
    [InlineData("23:00-01:00", "23:30", 0)]
    [InlineData("23:00-01:00", "00:59", 0)]
    [InlineData("23:00-01:00", "01:00", 22 * 60)]
    [InlineData("05:00-05:00", "17:00", 0)]
    public void A_window_is_open_or_opens_in_some_minutes(string window, string now, int minutes) =>
        Assert.Equal(minutes, MaintenanceWindow.TryParse(window)!.Until(new DateTimeOffset(2026, 3, 1, int.Parse(now[..2]), int.Parse(now[3..]), 0, TimeSpan.Zero)).TotalMinutes);

    [Theory]
    [InlineData("02:00")]
    [InlineData("2:00-4:00")]
    [InlineData("02:00-24:00")]
    [InlineData("02:00-04:00-06:00")]
    [InlineData("night")]
    public void What_is_no_window_is_none(string text) => Assert.Null(MaintenanceWindow.TryParse(text));
}
