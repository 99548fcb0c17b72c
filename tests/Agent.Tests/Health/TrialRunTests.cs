using System.Text.Json;
using ImageBuilder.Formats;
using ImageBuilder.Update;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Slots;

namespace ImageBuilder.Agent.Tests.Health;

/// <summary>The trial of a new version (UPDATE.md, faults 18, 20). Needs root.</summary>
public class TrialRunTests
{
    [RootFact("mksquashfs")]
    public void A_healthy_version_is_kept_and_nothing_is_left_of_the_trial()
    {
        using var bench = new TrialBench();
        bench.Script("/etc/imagebuilder/health.d/20-second", "exit 0");
        File.WriteAllText(bench.System["/etc/imagebuilder/health.d/README"], "no program");
        Directory.CreateDirectory(bench.System.Data + MigrationCopies.FolderOf(1));
        Directory.CreateDirectory(bench.Left);
        bench.Script("/etc/imagebuilder/health.d/10-first", $"echo $IMAGEBUILDER_STACK > {bench.System.Outside("stack")}");

        Assert.True(bench.Run().Run());

        Assert.Equal(["commit"], bench.Events);
        Assert.Equal(BootedSystem.Stack.ToString(), File.ReadAllText(bench.System.Outside("stack")).Trim());
        Assert.False(File.Exists(bench.TrialFile));
        Assert.False(Directory.Exists(bench.Left));
        Assert.False(Directory.Exists(bench.System.Data + MigrationCopies.FolderOf(1)));
    }

    [RootFact("mksquashfs")]
    public void An_unhealthy_version_is_given_up_with_everything_that_tells_why()
    {
        using var bench = new TrialBench();
        bench.Systemd("exit 0", "echo \"journal $1\"");
        bench.Script("/etc/imagebuilder/health.d/10-good", "echo fine");
        bench.Script("/etc/imagebuilder/health.d/20-bad", "echo the disk is upside down >&2; exit 3");
        bench.Script("/etc/imagebuilder/health.d/30-never", $"touch {bench.System.Outside("never")}");
        Directory.CreateDirectory(bench.System["/var/lib/systemd/pstore/1234"]);
        File.WriteAllText(bench.System["/var/lib/systemd/pstore/1234/dmesg.txt"], "Oops");

        Assert.False(bench.Run().Run());

        const string Reason = "health check 20-bad ended with exit code 3";
        Assert.Equal([$"fail: {Reason}", "restart"], bench.Events);
        Assert.False(File.Exists(bench.System.Outside("never")));
        Assert.Equal("10-good is content\nfine\n20-bad ended with exit code 3\nthe disk is upside down\n", File.ReadAllText($"{bench.Left}/checks.txt"));
        Assert.Equal("journal --boot\n", File.ReadAllText($"{bench.Left}/journal.txt"));
        Assert.Equal(File.ReadAllText($"{bench.System.Run}/imagebuilder/boot.json"), File.ReadAllText($"{bench.Left}/boot.json"));
        Assert.Equal("Oops", File.ReadAllText($"{bench.Left}/pstore-1234-dmesg.txt"));
        var text = bench.System.Agent("status").Output;
        Assert.Contains("this version is on trial", text);
        Assert.Contains($"appliance 1.1.0, stack {BootedSystem.Stack.ToString()[..12]}", text);
        Assert.Contains(Reason, text);
        Assert.Contains($"{bench.Left}: boot.json, checks.txt, journal.txt", text);
        using var json = JsonDocument.Parse(bench.System.Agent("status", "--json").Output);
        Assert.Equal(Reason, json.RootElement.GetProperty("failedTrials")[0].GetProperty("reason").GetString());
    }

    [RootFact("mksquashfs")]
    public void A_check_that_hangs_is_killed_when_the_trials_time_is_up()
    {
        using var bench = new TrialBench();
        bench.Time = TimeSpan.FromSeconds(new UpdateSettings().HealthTimeout - 1);
        bench.Script("/etc/imagebuilder/health.d/hang", "sleep 600");
        Assert.False(bench.Run().Run());
        Assert.Equal(["fail: health check hang took longer than 1 s", "restart"], bench.Events);
    }

    [RootFact("mksquashfs")]
    public void A_boot_that_does_not_complete_fails_with_the_units_that_failed()
    {
        using var bench = new TrialBench();
        bench.Systemd("case $1 in start) echo 'A dependency job for boot-complete.target failed.' >&2; exit 1;; list-units) echo 'app.service loaded failed failed My app';; esac", "exit 1");
        Assert.False(bench.Run().Run());
        Assert.Equal(["fail: boot-complete.target cannot be reached; failed: app.service", "restart"], bench.Events);
        Assert.StartsWith("start boot-complete.target\n", File.ReadAllText(bench.System.Outside("asked")));
        Assert.Contains("A dependency job", File.ReadAllText($"{bench.Left}/checks.txt"));
        Assert.True(File.Exists($"{bench.Left}/kernel.txt")); // where there is no journal
    }

    [RootFact("mksquashfs")]
    public void A_version_that_cannot_reach_its_repository_is_given_up_when_its_time_is_up()
    {
        using var bench = new TrialBench(new UpdateSettings { Url = "http://updates.invalid/", HealthTimeout = 30 });
        var attempts = 0;
        Assert.False(bench.Run(_ =>
        {
            attempts++;
            bench.Time += TimeSpan.FromSeconds(4);
            throw new ImageException(ImageErrorKind.Io, "IB6120", "no route to host");
        }).Run());
        Assert.Equal(3, attempts); // at 20, 24 and 28 s
        Assert.Equal(["fail: no contact with the repository: no route to host", "restart"], bench.Events);
    }

    [RootFact("mksquashfs")]
    public void One_contact_is_enough_and_a_version_that_is_declared_offline_needs_none()
    {
        using var bench = new TrialBench(new UpdateSettings { Url = "http://updates.invalid/" });
        var attempts = 0;
        Assert.True(bench.Run(_ =>
        {
            if (++attempts < 3)
                throw new IOException("not yet");
        }).Run());
        Assert.Equal((3, "commit"), (attempts, Assert.Single(bench.Events)));
        using var offline = new TrialBench(new UpdateSettings { Url = "http://updates.invalid/", Offline = true });
        Assert.True(offline.Run().Run());
        Assert.Equal(["commit"], offline.Events);
    }

    [RootFact("mksquashfs")]
    public void The_limit_gives_up_what_is_still_on_trial_and_leaves_what_is_kept()
    {
        using var bench = new TrialBench();
        var slept = TimeSpan.Zero;
        Assert.False(bench.Run().Limit(Sleep));
        Assert.Equal(310, slept.TotalSeconds); // 300 s and 30 s for the trial to say more, of which 20 are gone
        Assert.Equal(["fail: not healthy after 300 s (update.healthTimeout)", "restart, urgent"], bench.Events);
        using var kept = new TrialBench();
        Assert.True(kept.Run().Limit(time =>
        {
            kept.Time += time;
            File.Delete(kept.TrialFile);
        }));
        Assert.Empty(kept.Events);

        void Sleep(TimeSpan time)
        {
            slept += time;
            bench.Time += time;
        }
    }

    [RootFact("mksquashfs")]
    public void What_cannot_be_noted_is_tried_again_and_the_machine_restarts_in_any_case()
    {
        using var bench = new TrialBench();
        bench.Troubles.Enqueue(new ImageException(ImageErrorKind.Io, "IB6113", "another imageagent is at work"));
        Assert.True(bench.Run().Run());
        Assert.Equal(["commit"], bench.Events);

        using var broken = new TrialBench();
        broken.Script("/etc/imagebuilder/health.d/bad", "exit 1");
        broken.Troubles.Enqueue(new ImageException(ImageErrorKind.Io, "IB6010", "the device gives other bytes back"));
        Assert.False(broken.Run().Run());
        Assert.Equal(["restart"], broken.Events);
        Assert.Contains(broken.Said, said => said.Contains("the next start counts a try: the device gives other bytes back", StringComparison.Ordinal));
    }

    [RootFact("mksquashfs")]
    public void Where_nothing_is_on_trial_nothing_is_done()
    {
        using var bench = new TrialBench();
        File.Delete(bench.TrialFile);
        Assert.Equal((0, "", "imageagent: nothing is on trial\n"), bench.System.Agent("trial"));
        Assert.Equal(0, bench.System.Agent("migrate").Code);
    }

    [Fact]
    public void A_reason_is_cut_to_what_the_record_has_room_for()
    {
        Assert.Equal("short", SlotSwitch.Shorten("short"));
        Assert.Equal(new string('x', 95), SlotSwitch.Shorten(new string('x', 95) + "é"));
        Assert.Equal(string.Concat(Enumerable.Repeat("🙂", 24)), SlotSwitch.Shorten(string.Concat(Enumerable.Repeat("🙂", 30))));
    }
}
