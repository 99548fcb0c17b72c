using ImageBuilder.Qemu.Scenarios;

namespace ImageBuilder.Qemu.Tests.Scenarios;

public sealed class JUnitReportTests
{
    [Fact]
    public void Steps_are_cases_failures_carry_the_console_and_the_rest_is_skipped()
    {
        var scenario = ScenarioFile.Parse("/s/live.yaml", "image: x.iso\nsteps: [boot: {}, {expect: a<b}, poweroff: {}]").Scenario!;
        var failure = new StepFailure("IB6301", "/a<b/ did not appear", ["panic", "\e[0m & more"]);
        var failed = new ScenarioResult(scenario,
            [new StepResult(scenario.Steps[0], TimeSpan.FromSeconds(0.25), null), new StepResult(scenario.Steps[1], TimeSpan.FromSeconds(60), failure)],
            TimeSpan.FromSeconds(60.25), failure, [], "panic\n");
        Assert.Equal("""
            <testsuites tests="3" failures="1" errors="0" time="60.250">
              <testsuite name="live" tests="3" failures="1" errors="0" skipped="1" time="60.250">
                <testcase classname="live" name="1. boot" time="0.250" />
                <testcase classname="live" name="2. expect /a&lt;b/" time="60.000">
                  <failure type="IB6301" message="/a&lt;b/ did not appear">panic
            [0m &amp; more</failure>
                </testcase>
                <testcase classname="live" name="3. poweroff" time="0.000">
                  <skipped />
                </testcase>
                <system-out>panic
            </system-out>
              </testsuite>
            </testsuites>
            """, JUnitReport.Document([failed]).ToString());
    }

    [Fact]
    public void A_scenario_that_failed_before_its_first_step_counts_as_failed()
    {
        var scenario = ScenarioFile.Parse("/s/live.yaml", "image: x.iso\nsteps: [boot: {}]").Scenario!;
        var document = JUnitReport.Document([new ScenarioResult(scenario, [], TimeSpan.Zero, new StepFailure("IB6308", "the build failed", []), [], "")]);
        Assert.Equal("1", document.Root!.Attribute("failures")!.Value);
        Assert.Equal("2", document.Root!.Attribute("tests")!.Value);
    }

    [Fact]
    public void The_file_is_well_formed()
    {
        using var folder = new TempFolder();
        JUnitReport.Write(folder["sub/report.xml"], []);
        Assert.StartsWith("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<testsuites tests=\"0\"", File.ReadAllText(folder["sub/report.xml"]).TrimStart('\uFEFF'));
    }
}
