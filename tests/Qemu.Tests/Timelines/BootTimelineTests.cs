using ImageBuilder.Qemu.Timelines;

namespace ImageBuilder.Qemu.Tests.Timelines;

public sealed class BootTimelineTests
{
    private const string Json = """
        {"phases":[{"name":"modules","start":1000000,"end":1400000},{"name":"medium","start":1200000,"end":2900000,"new":1},{"name":"root","start":2900000,"end":3000000}],
         "decisions":[{"what":"medium","choice":"/dev/sr0","reason":"label IB_LIVE"},{"what":"upper","choice":"tmpfs 50%","reason":""}],"slot":null}
        """;

    [Fact]
    public void Phases_and_decisions_are_read_and_the_rest_is_ignored()
    {
        var timeline = BootTimeline.Parse(Json)!;
        Assert.Equal(new BootPhase("medium", 1200000, 2900000), timeline.Phases[1]);
        Assert.Equal(new BootDecision("medium", "/dev/sr0", "label IB_LIVE"), timeline.Decisions[0]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"phases\":[")]
    public void What_is_no_report_is_null(string json) => Assert.Null(BootTimeline.Parse(json));

    [Fact]
    public void A_report_without_lists_is_empty() => Assert.Empty(BootTimeline.Parse("""{"phases":7}""")!.Phases);

    [Fact]
    public void The_last_complete_report_on_a_console_counts()
    {
        const string Console = "noise\nimagebuilder: timeline {\"phases\":[{\"name\":\"old\",\"start\":0,\"end\":1}]}\n"
            + "[ 1.0] imagebuilder: timeline {\"phases\":[{\"name\":\"new\",\"start\":0,\"end\":1}]}\nimagebuilder: timeline {\"pha";
        Assert.Equal("new", BootTimeline.FindOnConsole(Console)!.Phases.Single().Name);
        Assert.Null(BootTimeline.FindOnConsole("no report here\n"));
    }

    [Fact]
    public void The_chart_draws_bars_on_one_scale() => Assert.Equal(
        [
            "init 2.000 s, from 1.000 s to 3.000 s after the kernel's start",
            "modules │████                │   0.400 s",
            "medium  │  █████████████████ │   1.700 s",
            "root    │                   █│   0.100 s",
            "medium  /dev/sr0 (label IB_LIVE)",
            "upper   tmpfs 50%",
        ],
        TimelineChart.Render(BootTimeline.Parse(Json)!, width: 41));

    [Fact]
    public void A_phase_of_no_time_still_shows()
    {
        var lines = TimelineChart.Render(new BootTimeline([new BootPhase("a", 5, 5)], []));
        Assert.Contains("█", lines[1]);
    }
}
