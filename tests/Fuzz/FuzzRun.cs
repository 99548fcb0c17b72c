using System.Diagnostics;
using ImageBuilder.Formats;

namespace ImageBuilder.Fuzz.Tests;

/// <summary>Mutants of a target's seeds for a given time: each is read to the end or refused, soon and in bounded memory.</summary>
internal sealed class FuzzRun(FuzzTarget target)
{
    private const int RepairShare = 20; // one mutant in so many keeps wrong checksums
    private static readonly TimeSpan TimeCap = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    /// <summary>Mutants read.</summary>
    public int Executions { get; private set; }

    /// <summary>Those that reached the reader proper.</summary>
    public int PastFirstCheck { get; private set; }

    /// <summary>Those that were read to the end.</summary>
    public int Accepted { get; private set; }

    /// <summary>The longest time that one took.</summary>
    public TimeSpan Slowest { get; private set; }

    /// <summary>The most bytes that one allocated.</summary>
    public long MostMemory { get; private set; }

    /// <summary>One line for the report.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{target.Name,-16} {Executions,9} {100.0 * PastFirstCheck / Executions,7:0.0} % {100.0 * Accepted / Executions,7:0.0} % {Slowest.TotalMilliseconds,8:0} ms {MostMemory / 1e6,7:0.0} MB");

    /// <summary>What the columns of <see cref="ToString"/> are.</summary>
    public static string Heading => $"{"reader",-16} {"mutants",9} {"past 1st",9} {"accepted",9} {"slowest",11} {"memory",10}";

    /// <summary>Runs until the time is over. Mutant N is the same in every run.</summary>
    public void Run(TimeSpan time)
    {
        var seeds = target.Seeds();
        foreach (var seed in seeds)
            target.Read([.. seed]); // what is not mutated is valid
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time; Executions++)
            Try(Mutant(seeds, Executions), Executions);
    }

    private byte[] Mutant(IReadOnlyList<byte[]> seeds, int number)
    {
        var random = new Random(number);
        byte[] bytes = [.. seeds[number % seeds.Count]];
        bytes = target.Mutate is { } mutate ? mutate(bytes, random) : ByteMutator.Mutate(bytes, random, target.Header);
        if (random.Next(RepairShare) > 0)
            target.Repair?.Invoke(bytes);
        return bytes;
    }

    private void Try(byte[] bytes, int number)
    {
        var fastest = TimeSpan.MaxValue;
        for (var attempt = 0; attempt < 3 && fastest > TimeCap; attempt++) // the machine may be busy; the reader may not
        {
            var start = Stopwatch.GetTimestamp();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var past = Read(bytes, number, out var accepted);
            MostMemory = Math.Max(MostMemory, GC.GetAllocatedBytesForCurrentThread() - before);
            var elapsed = Stopwatch.GetElapsedTime(start);
            fastest = elapsed < fastest ? elapsed : fastest;
            if (attempt > 0)
                continue;
            PastFirstCheck += past ? 1 : 0;
            Accepted += accepted ? 1 : 0;
        }
        Slowest = fastest > Slowest ? fastest : Slowest;
        if (fastest > TimeCap)
            Fail(bytes, number, $"took {fastest.TotalSeconds:0.0} s");
        if (MostMemory > target.MemoryCap)
            Fail(bytes, number, $"allocated {MostMemory} bytes; {target.MemoryCap} are allowed");
    }

    private bool Read(byte[] bytes, int number, out bool accepted)
    {
        accepted = false;
        using var watch = new Timer(_ => Environment.FailFast($"{target.Name}: mutant {number} is read for longer than {Hang}"), null, Hang, Timeout.InfiniteTimeSpan);
        try
        {
            target.Read(bytes);
            accepted = true;
            return true;
        }
        catch (ImageException error) when (error.Kind is ImageErrorKind.Corrupt or ImageErrorKind.LimitExceeded or ImageErrorKind.Unsupported)
        {
            return !target.FirstCheck.Contains(error.Id);
        }
        catch (Exception error)
        {
            Fail(bytes, number, $"ended in {error}");
            return true;
        }
    }

    private void Fail(byte[] bytes, int number, string what)
    {
        var file = Path.Combine(Path.GetTempPath(), $"fuzz-{target.Name.Replace(' ', '-')}-{number}");
        File.WriteAllBytes(file, bytes);
        Assert.Fail($"{target.Name}: mutant {number}, kept as {file}, {what}");
    }
}
