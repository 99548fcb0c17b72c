using System.Diagnostics;

namespace ImageBuilder.Linux.Tests;

/// <summary>Programs that are run with a limit of time and output.</summary>
public class LimitedProgramTests
{
    [Theory]
    [InlineData("exit 0", 0, "")]
    [InlineData("echo out; echo err >&2; exit 3", 3, "out\nerr")]
    [InlineData("kill -9 $$", 137, "")]
    [InlineData("cat; echo input is empty", 0, "input is empty")]
    [InlineData("trap 2>&1; echo $VALUE", 0, "given")]
    public void The_end_and_the_output_are_given(string script, int code, string output)
    {
        var result = Run(script, TimeSpan.FromSeconds(20));
        Assert.Equal((code, output), (result.ExitCode, result.Text));
    }

    [Fact]
    public void A_program_whose_time_is_up_is_killed_with_what_it_has_started()
    {
        var clock = Stopwatch.StartNew();
        var result = Run("echo before; sleep 600 & echo $!; sleep 601", TimeSpan.FromSeconds(1));
        Assert.Null(result.ExitCode);
        Assert.InRange(clock.Elapsed.TotalSeconds, 1, 15);
        var lines = result.Text.Split('\n');
        Assert.Equal("before", lines[0]);
        Assert.True(SpinWait.SpinUntil(() => !IsRunning(lines[1]), TimeSpan.FromSeconds(10)));

        static bool IsRunning(string pid) => File.Exists($"/proc/{pid}/stat") && File.ReadAllText($"/proc/{pid}/stat").Split(' ')[2] != "Z";
    }

    [Fact]
    public void What_a_program_leaves_running_is_not_waited_for()
    {
        var clock = Stopwatch.StartNew();
        var result = Run("sleep 20 & echo done", TimeSpan.FromSeconds(60));
        Assert.Equal((0, "done"), (result.ExitCode, result.Text));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 15);
    }

    [Fact]
    public void Of_much_output_the_end_is_kept()
    {
        var result = Run("seq 1 200000", TimeSpan.FromSeconds(60), 1000);
        Assert.Equal(1000, result.Output.Length);
        Assert.EndsWith("199999\n200000", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_is_not_there_is_an_error() =>
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => Process.Run("/nowhere/program", ["program"], [], TimeSpan.FromSeconds(1), 10)).Number);

    private static ProgramResult Run(string script, TimeSpan limit, int most = 1 << 16) =>
        Process.Run("/bin/sh", ["sh", "-c", script], ["PATH=/usr/bin:/bin", "VALUE=given"], limit, most);
}
