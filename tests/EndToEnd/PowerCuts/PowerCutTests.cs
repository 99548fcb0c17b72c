using Xunit.Abstractions;

namespace ImageBuilder.EndToEnd.Tests.PowerCuts;

/// <summary>The writes of a real system to its disk, cut anywhere.</summary>
public sealed class PowerCutTests(ITestOutputHelper output)
{
    private const string Spec = MinimalImage.Spec + "\ncompression: zstd:1\nupper: { kind: persistent }\nsnapshots: 2\nagent: true\ndrivers: virtio\noutputs: [disk]\n";
    private const long Growth = 512L << 20;
    private const int Mended = 60; // how many file systems there is time for; IB_CUTS=all mends every one

    [ToolFact("qemu-system-x86_64", "e2fsck", "debugfs", "cp", "cmp")]
    public async Task After_a_cut_anywhere_in_first_boot_snapshot_and_reset_the_device_starts_with_what_was_there_before_or_after()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["spec.yaml"], Spec);
        var built = Program.Run(folder.Path, "build", "spec.yaml", "--progress", "plain");
        Assert.True(built.ExitCode == 0, built.ToString());
        var length = new FileInfo(built.Image).Length + Growth;

        await using var machine = new RecordedMachine(built.Image, length);
        await machine.BootAsync("init=/bin/sh");
        await machine.RunAsync("echo before > /file && sync");
        var written = machine.Entries;
        await machine.RunAsync("imageagent snapshot");
        var copied = machine.Entries;
        await machine.RunAsync("imageagent reset && sync");
        var reset = machine.Entries;
        await machine.PowerCutAsync();
        await machine.BootAsync("init=/bin/sh");
        await machine.RunAsync("test ! -e /file && imageagent status && sync");
        var end = machine.Entries;
        await machine.PowerCutAsync();

        var log = machine.Log();
        using var image = File.OpenHandle(built.Image);
        log.End(image, length).Save(folder["end.img"], 0, length);
        Tool.Run("cmp", folder["end.img"], machine.Disk); // else the log would not be of this disk
        File.Delete(folder["end.img"]);
        var judge = new DeviceJudge(folder);
        var states = log.States(image, length).Count();
        var stride = Environment.GetEnvironmentVariable("IB_CUTS") == "all" ? 1 : Math.Max(1, states / Mended);
        var (tried, mended, sequence) = (0, 0, 0ul);
        foreach (var state in log.States(image, length))
        {
            try
            {
                var verdict = judge.Judge(state);
                // No state goes back behind a record that is on the disk.
                Assert.True(verdict.Record.Sequence >= sequence, $"record {verdict.Record.Sequence} after {sequence}");
                if (state.What.StartsWith("flushed", StringComparison.Ordinal) && !state.What.Contains("alone", StringComparison.Ordinal))
                    sequence = verdict.Record.Sequence;
                if (tried++ % stride != 0)
                    continue;
                var files = judge.Mend(verdict, "/file");
                mended++;
                Assert.All(files.Values, content => Assert.Equal("before\n", content));
                if (state.Durable >= written && state.Durable < copied)
                    Assert.NotEmpty(files);
                if (state.Durable >= copied)
                    Assert.Contains(verdict.Record.Kept, files.ContainsKey);
                if (state.Durable >= reset)
                    Assert.False(files.ContainsKey(verdict.Record.UpperOf(verdict.Slot)), "the reset is forgotten");
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                throw new InvalidDataException($"a cut {state.What} (written {written}, copied {copied}, reset {reset}, end {end}): {error.Message}", error);
            }
        }
        output.WriteLine($"{log.Entries.Count} entries, {tried} distinct states, {mended} mended; written {written}, copied {copied}, reset {reset}, end {end}");
        Assert.True(tried >= 200, $"{tried} states");
        CutReport.Add("first boot with growth, snapshot, reset, boot after it", log, tried, mended);
    }
}
