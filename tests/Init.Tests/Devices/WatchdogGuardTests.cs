namespace ImageBuilder.Init.Tests.Devices;

/// <summary>Who gets the watchdog.</summary>
public class WatchdogGuardTests
{
    [Theory]
    [InlineData(null, false, true, false)]
    [InlineData(null, true, true, true)]
    [InlineData(null, true, false, false)] // nobody would feed it, and no trial could succeed
    [InlineData("30", false, false, true)]
    [InlineData("0", true, true, false)]
    [InlineData("off", true, true, false)]
    public void It_goes_on_when_somebody_feeds_it_and_always_in_a_trial(string? asked, bool isTrial, bool isFed, bool expected) =>
        Assert.Equal(expected, WatchdogGuard.Choose(asked, isTrial, isFed).HandedOver);
}
