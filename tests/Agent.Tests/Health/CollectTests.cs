using ImageBuilder.Agent.Health;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Tests.Health;

/// <summary>What the version that was fallen back to keeps of the failed trial. Needs root.</summary>
public class CollectTests
{
    private static readonly StackId Other = StackId.Parse(new string('b', 64));

    [RootFact("mksquashfs")]
    public void What_a_trial_that_hung_has_left_is_collected_once()
    {
        using var bench = new TrialBench();
        File.Delete(bench.TrialFile);
        bench.Systemd("exit 0", "echo \"$1\"");
        Fall(bench, 9, "no sign of life");
        var upper = bench.System.Data + DataLayout.Upper(9) + "/upper";
        Directory.CreateDirectory($"{upper}/var/log/journal/0123");
        Directory.CreateDirectory($"{upper}/var/lib/systemd/pstore");
        File.WriteAllText($"{upper}/var/lib/systemd/pstore/dmesg-1", "panic");
        var left = $"{bench.System.Data}/ib/trials/9";
        Directory.CreateDirectory(left);
        File.WriteAllText($"{left}/boot.json", "the trial's own");

        var (code, _, error) = bench.System.Agent("trial", "--collect");
        Assert.Equal((0, $"imageagent: the trial of stack {Other} failed: no sign of life\n"), (code, error));
        Assert.Equal(["boot.json", "collected", "journal.txt", "pstore-dmesg-1", "trial.json"], Directory.EnumerateFiles(left).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("the trial's own", File.ReadAllText($"{left}/boot.json"));
        Assert.Equal($"--directory={upper}/var/log/journal\n", File.ReadAllText($"{left}/journal.txt"));
        Assert.Contains("no sign of life", bench.System.Agent("status").Output);
        Assert.Equal((0, "", ""), bench.System.Agent("trial", "--collect"));
    }

    [RootFact("mksquashfs")]
    public void What_the_trial_itself_has_said_stays()
    {
        using var bench = new TrialBench();
        bench.Script("/etc/imagebuilder/health.d/bad", "exit 5");
        Assert.False(bench.Run().Run());
        File.Delete(bench.TrialFile);
        Fall(bench, 1, "health check bad ended");
        Assert.Equal(0, bench.System.Agent("trial", "--collect").Code);
        Assert.Contains("health check bad ended with exit code 5", File.ReadAllText($"{bench.Left}/trial.json"));
    }

    [RootFact("mksquashfs")]
    public void A_kernel_that_ended_before_anything_was_made_is_told_of_by_its_stack()
    {
        using var bench = new TrialBench();
        File.Delete(bench.TrialFile);
        Fall(bench, 0, "no try is left");
        Assert.Equal(0, bench.System.Agent("trial", "--collect").Code);
        Assert.Contains("no try is left", File.ReadAllText($"{bench.System.Data}/ib/trials/stack-{Other.ToString()[..16]}/trial.json"));
    }

    [RootFact("mksquashfs")]
    public void Few_trials_are_kept_and_none_grows_without_end()
    {
        using var bench = new TrialBench();
        using var data = new FileTree(bench.System.Data);
        for (var number = 1u; number <= 8; number++)
            TrialFolder.Of(data, number, Other).Put("file", [1]);
        Assert.Equal(["4", "5", "6", "7", "8"], data.List(DataLayout.Trials));
        var folder = TrialFolder.Of(data, 8, Other);
        folder.Put("file", [2]);
        Assert.Equal([1], data.Read($"{folder.Path}/file", 10));
        folder.Put("large", new byte[TrialFolder.MaxLength + 100]);
        folder.Put("more", [1]);
        Assert.Equal(TrialFolder.MaxLength - 1, data.Find($"{folder.Path}/large")!.Value.Length);
        Assert.False(folder.Has("more"));
    }

    [RootFact("mksquashfs")]
    public void Results_wait_in_their_order_until_they_are_taken_and_are_few()
    {
        using var bench = new TrialBench(new UpdateSettings { Offline = true, Report = "http://reports.invalid/" });
        File.WriteAllText(bench.System["/etc/machine-id"], "0123456789abcdef0123456789abcdef\n");
        for (var i = 0; i < Reports.Most + 3; i++)
            Reports.Add(bench.Device, ReportEvent.Failed, Other.ToString(), $"reason {i}");
        var posted = new List<string>();
        Assert.Throws<IOException>(() => Reports.Send(bench.Device, (url, json) =>
        {
            Assert.Equal("http://reports.invalid/", url.ToString());
            posted.Add(System.Text.Encoding.UTF8.GetString(json));
            if (posted.Count == 2)
                throw new IOException("the server is away");
        }));
        Assert.Equal(Reports.Most - 1, Reports.Send(bench.Device, (_, json) => posted.Add(System.Text.Encoding.UTF8.GetString(json))));
        Assert.Equal(0, Reports.Send(bench.Device, (_, _) => Assert.Fail("nothing waits")));
        Assert.Contains("\"reason 3\"", posted[0]);
        Assert.Contains("\"reason 4\"", posted[1]);
        Assert.Contains("\"reason 4\"", posted[2]); // posted again
        Assert.DoesNotContain(posted, json => json.Contains("0123456789abcdef", StringComparison.Ordinal));
        Assert.Matches("\"machine\":\"[0-9a-f]{64}\"", posted[0]);
    }

    private static void Fall(TrialBench bench, uint upper, string reason)
    {
        using var data = new FileTree(bench.System.Data);
        var state = new StateStore(new FileCopies(data));
        var record = state.Load().Record!;
        state.Save(record.With(Slot.B, new SlotState(Other, upper, SlotStatus.Failed, 0)) with { Phase = InstallPhase.Failed, Quarantined = Other, Reason = reason });
    }
}
