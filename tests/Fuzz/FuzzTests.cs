using System.Globalization;

namespace ImageBuilder.Fuzz.Tests;

/// <summary>Hostile input for every reader. `./build.sh fuzz SECONDS` gives each of them so many seconds and counts the lines reached.</summary>
public class FuzzTests
{
    private static readonly double Seconds = double.Parse(Environment.GetEnvironmentVariable("FUZZ_SECONDS") ?? "1", CultureInfo.InvariantCulture);

    private static string? Report => Environment.GetEnvironmentVariable("FUZZ_REPORT");

    private static readonly string[] Wanted = (Environment.GetEnvironmentVariable("FUZZ_READERS") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Which of how many equal parts of the readers this process has: "0/2" and "1/2".</summary>
    private static readonly int[] Part = [.. (Environment.GetEnvironmentVariable("FUZZ_PART") ?? "0/1").Split('/').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];

    public static TheoryData<string> Names =>
        [.. FuzzTargets.All.Select(target => target.Name).Where(name => Wanted.Length == 0 || Wanted.Contains(name)).Where((_, place) => place % Part[1] == Part[0])];

    [Theory]
    [MemberData(nameof(Names))]
    public void Mutants_crash_nothing_and_hold_nothing_up(string name)
    {
        var target = FuzzTargets.All.Single(target => target.Name == name);
        var run = new FuzzRun(target);
        run.Run(TimeSpan.FromSeconds(Seconds));
        if (Report is { } report)
            File.AppendAllText(report, $"{run}\t{string.Join(' ', target.Sources)}\n");
        Assert.True(run.PastFirstCheck >= 0.9 * run.Executions, $"{run.PastFirstCheck} of {run.Executions} mutants came past the first check; nine of ten should");
        // Neither may be all: mutations that break nothing, or everything at once, would prove nothing.
        if (run.Executions >= 1000)
            Assert.InRange(run.Accepted, run.Executions / 200, run.Executions - (run.Executions / 50));
    }
}
