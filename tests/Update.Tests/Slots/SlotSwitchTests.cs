using ImageBuilder.Formats;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Tests.Slots;

/// <summary>From one slot to the other and back, with the power cut at every write, and every state that a boot can find.</summary>
public class SlotSwitchTests
{
    private const byte Tries = 3;

    [Fact]
    public void A_healthy_stack_is_started_once_and_kept()
    {
        var device = new TrialDevice();
        Install(device);
        Assert.Equal((InstallPhase.Armed, Tries - 1, (Slot?)Slot.A, (Slot?)Slot.B), (device.Record.Phase, (int)device.Record.B.Tries, device.Default, device.Once));

        Assert.Equal(Slot.B, device.Run(Behaviour.Healthy));
        var record = device.Record;
        Assert.Equal((InstallPhase.Committed, Slot.B, SlotStatus.Good, SlotStatus.Good), (record.Phase, record.Active, record.A.Status, record.B.Status));
        Assert.Equal((1, 3u, 99L), (device.Starts, record.Epoch, record.NewestTime));
        Assert.Equal(Slot.B, device.Run(Behaviour.Healthy));
    }

    [Theory, InlineData("Panics", Tries), InlineData("Hangs", Tries), InlineData("CannotMount", 1)]
    public void A_stack_that_does_not_start_is_tried_as_often_as_it_may_and_given_up(string behaviour, int starts)
    {
        var device = new TrialDevice();
        Install(device);
        Assert.Equal(Slot.A, device.Run(Enum.Parse<Behaviour>(behaviour)));
        var record = device.Record;
        Assert.Equal((InstallPhase.Failed, Slot.A, SlotStatus.Failed, TrialDevice.New), (record.Phase, record.Active, record.B.Status, record.Quarantined));
        Assert.NotEqual("", record.Reason);
        Assert.Equal(starts, device.Starts);
        Assert.Equal(record.Reason, device.Switch(Slot.A).OnBoot(Slot.A).Fallen);
    }

    [Fact]
    public void Whatever_write_of_an_installation_a_cut_meets_the_device_ends_with_the_old_stack_or_the_new_one()
    {
        var states = 0;
        foreach (var behaviour in Enum.GetValues<Behaviour>())
            for (var first = 0; first < 60; first++)
                for (var second = -1; second < 30; second++)
                {
                    var device = new TrialDevice();
                    var start = device.Writes;
                    device.CutAt = 2 * start + first;
                    try
                    {
                        Install(device);
                    }
                    catch (TrialDevice.PowerCut)
                    {
                    }
                    var wasCut = device.CutAt < 2 * device.Writes;
                    if (wasCut)
                        device.CutAt = second < 0 ? -1 : 2 * device.Writes + second;
                    else if (second >= 0)
                        break; // the installation was over before
                    var runs = device.Run(behaviour);
                    device.CutAt = -1;
                    runs = device.Run(behaviour); // once more, now that nothing is cut
                    states++;

                    var record = device.Record;
                    var what = $"{behaviour}, cut at {first} and {second}: {record}";
                    Assert.True(device.Default == record.Active, what);
                    Assert.True(runs == record.Active, what);
                    Assert.True(device.Starts <= Tries + 2, what);
                    if (behaviour == Behaviour.Healthy)
                        Assert.True(record.Active == Slot.B ? record.Phase == InstallPhase.Committed && record.Epoch == 3 : record.Phase < InstallPhase.Trying && record.Epoch == 0, what);
                    else
                        Assert.True(record.Active == Slot.A && record.Phase is InstallPhase.Idle or InstallPhase.Staging or InstallPhase.Staged or InstallPhase.Armed or InstallPhase.Failed, what);
                    // And it takes the next installation.
                    if (record.Phase is InstallPhase.Armed)
                        device.Switch(runs).Rollback();
                    device.Switch(runs).Stage(SlotSwitch.Target(device.Record, runs), TrialDevice.New);
                }
        Assert.InRange(states, 2000, int.MaxValue);
    }

    [Fact]
    public void Every_state_that_a_boot_can_find_leads_on_and_no_restart_leads_back_to_itself()
    {
        var states = 0;
        foreach (var phase in Enum.GetValues<InstallPhase>())
            foreach (var active in (Slot[])[Slot.A, Slot.B])
                foreach (var booted in Enum.GetValues<Slot>())
                    foreach (var once in (Slot?[])[null, Slot.A, Slot.B])
                        foreach (var hint in (Slot?[])[null, Slot.A, Slot.B, Slot.Factory])
                            foreach (var damaged in (bool[])[false, true])
                                foreach (var refuses in (bool[])[false, true])
                                    for (byte tries = 0; tries <= Tries; tries++)
                                    {
                                        Check(phase, active, booted, once, hint, damaged, refuses, tries);
                                        states++;
                                    }
        Assert.Equal(9 * 2 * 3 * 3 * 4 * 2 * 2 * (Tries + 1), states);
    }

    private static void Check(InstallPhase phase, Slot active, Slot booted, Slot? once, Slot? hint, bool damaged, bool refuses, byte tries)
    {
        var target = active == Slot.A ? Slot.B : Slot.A;
        var status = phase switch { InstallPhase.Idle or InstallPhase.Committed => SlotStatus.Good, InstallPhase.Failed => SlotStatus.Failed, _ => SlotStatus.Trial };
        var before = (StateRecord.AsShipped(TrialDevice.Old) with { Active = active, Phase = phase, Reason = phase == InstallPhase.Failed ? "why" : "" })
            .With(target, new SlotState(TrialDevice.New, 7, status, status == SlotStatus.Trial ? tries : (byte)0));
        var device = new TrialDevice(before) { Default = hint, Once = once, IsOnceDamaged = damaged, RefusesHints = refuses };
        var what = $"{phase}, default {active}, started {booted}, once {once}{(damaged ? " damaged" : "")}, hint {hint}, {tries} tries, hints {(refuses ? "refuse" : "can be written")}";

        var step = device.Switch(booted).OnBoot(booted);

        var after = device.Record;
        Assert.True(step.Record.ToBytes().AsSpan().SequenceEqual(after.ToBytes()), what);
        Assert.True(after.Of(active) == before.Of(active), what); // the slot to go back to stays as it is
        Assert.True(after.Of(target).Tries <= before.Of(target).Tries, what);
        Assert.True(after.Of(target).Upper == 7, what);
        var isTrial = phase is InstallPhase.Arming or InstallPhase.Armed or InstallPhase.Trying;
        Assert.True(step.Trial == (isTrial && booted == target), what);
        if (step.Trial)
            Assert.True(after.Phase == InstallPhase.Trying && !step.Restart, what);
        if (!refuses)
        {
            Assert.True(device.Default == (after.Phase == InstallPhase.Committing && hint == target ? target : after.Active), what);
            Assert.True(!device.IsOnceDamaged && (device.Once is null || (device.Once == target && after.Phase == InstallPhase.Armed)), what);
        }
        if (step.Restart)
        {
            var next = device.StartBootLoader();
            Assert.True(next != booted && after.Of(next).Status is SlotStatus.Good or SlotStatus.Trial, what);
        }
        if (booted == active && phase is InstallPhase.Trying || (booted == active && phase == InstallPhase.Armed && !damaged && once != target))
            Assert.True(tries == 0 ? after.Phase == InstallPhase.Failed && after.Quarantined == TrialDevice.New && !step.Restart
                : refuses ? !step.Restart : step.Restart && after.Phase == InstallPhase.Armed && after.Of(target).Tries == tries - 1, what);
        if (booted == active && phase == InstallPhase.Armed && (damaged || once == target))
            Assert.True(after.Of(target).Tries == tries && after.Phase == InstallPhase.Armed && !step.Restart, what);
        if (booted == active && phase == InstallPhase.Committing && !refuses)
            Assert.True(step.Restart && after.Of(target).Tries == tries, what);
        if (booted == target && phase == InstallPhase.Committing && !refuses)
            Assert.True(after.Phase == InstallPhase.Committed && after.Active == target && !step.Restart, what);
        Assert.True((step.Fallen is not null) == (after.Phase == InstallPhase.Failed && booted == active), what);
        if (phase is InstallPhase.Idle or InstallPhase.Committed or InstallPhase.Failed)
            Assert.True(after.ToBytes().AsSpan().SequenceEqual((before with { Sequence = 1 }).ToBytes()), what);
    }

    [Fact]
    public void Whatever_write_of_a_rollback_a_cut_meets_either_slot_runs_whole()
    {
        for (var cut = 0; cut < 12; cut++)
        {
            var device = new TrialDevice();
            device.CutAt = 2 * device.Writes + cut;
            try
            {
                device.Switch(Slot.A).Rollback();
            }
            catch (TrialDevice.PowerCut)
            {
            }
            device.CutAt = -1;
            var runs = device.Run(Behaviour.Healthy);
            Assert.Equal((device.Record.Active, (Slot?)device.Record.Active), (runs, device.Default));
            Assert.Equal(cut == 0 ? Slot.A : Slot.B, runs);
        }
    }

    [Fact]
    public void A_rollback_of_an_armed_or_running_trial_gives_it_up_without_quarantine()
    {
        foreach (var isRunning in (bool[])[false, true])
        {
            var device = new TrialDevice();
            Install(device);
            if (isRunning)
                Assert.True(device.Switch(Slot.B).OnBoot(device.StartBootLoader()).Trial);
            device.Switch(isRunning ? Slot.B : Slot.A).Rollback();
            Assert.Equal(Slot.A, device.Run(Behaviour.Healthy));
            Assert.Equal((InstallPhase.Idle, SlotStatus.Failed, true), (device.Record.Phase, device.Record.B.Status, device.Record.Quarantined.IsEmpty));
        }
    }

    [Fact]
    public void What_cannot_be_meant_is_refused_and_changes_nothing()
    {
        var device = new TrialDevice();
        Refused("IB6051", device, () => device.Switch(Slot.A).Stage(Slot.A, TrialDevice.New));
        Refused("IB6051", device, () => device.Switch(Slot.A).Stage(Slot.Factory, TrialDevice.New));
        Refused("IB6052", device, () => device.Switch(Slot.A).Arm(3));
        Refused("IB6052", device, () => device.Switch(Slot.A).Commit(0, 0));
        Refused("IB6052", device, () => device.Switch(Slot.A).Fail("no"));
        device.Switch(Slot.A).Stage(Slot.B, TrialDevice.New);
        Refused("IB6050", device, () => device.Switch(Slot.A).Rollback());
        device.Switch(Slot.A).Staged();
        device.Switch(Slot.A).Arm(3);
        Refused("IB6050", device, () => device.Switch(Slot.A).Stage(Slot.B, TrialDevice.Old));
        Refused("IB6052", device, () => device.Switch(Slot.A).Abandon());
        device.Switch(Slot.B).OnBoot(Slot.B);
        Refused("IB6050", device, () => device.Switch(Slot.B).Stage(Slot.A, TrialDevice.New));
        Refused("IB6053", device, () => device.Switch(Slot.A).Commit(0, 0));
        device.Switch(Slot.B).Fail("bad");
        Refused("IB6055", device, () => device.Switch(Slot.A).Rollback());
    }

    [Fact]
    public void An_installation_that_a_cut_stopped_goes_on_where_it_was_and_can_be_abandoned()
    {
        var device = new TrialDevice();
        device.Switch(Slot.A).Stage(Slot.B, TrialDevice.New);
        device.Switch(Slot.A).Progress(12345);
        Assert.Equal(12345ul, device.Switch(Slot.A).Stage(Slot.B, TrialDevice.New).InstallOffset);
        Assert.Equal(0ul, device.Switch(Slot.A).Stage(Slot.B, TrialDevice.Old).InstallOffset);
        Assert.Equal((InstallPhase.Idle, SlotStatus.Empty), (device.Switch(Slot.A).Abandon().Phase, device.Record.B.Status));
    }

    [Fact]
    public void From_a_slot_that_is_not_the_default_it_becomes_the_default_before_the_other_is_installed_into()
    {
        var device = new TrialDevice();
        var record = device.Switch(Slot.B).Stage(Slot.A, TrialDevice.New);
        Assert.Equal((Slot.B, (Slot?)Slot.B, SlotStatus.Trial), (record.Active, device.Default, record.A.Status));
    }

    [Fact]
    public void Hints_that_cannot_be_written_leave_an_installation_staged()
    {
        var device = new TrialDevice();
        device.Switch(Slot.A).Stage(Slot.B, TrialDevice.New);
        device.Switch(Slot.A).Staged();
        device.RefusesHints = true;
        Assert.Equal("IB6054", Assert.Throws<ImageException>(() => device.Switch(Slot.A).Arm(3)).Id);
        Assert.Equal(InstallPhase.Staged, device.Record.Phase);
        device.RefusesHints = false;
        device.Switch(Slot.A).Arm(3);
        Assert.Equal(Slot.B, device.Run(Behaviour.Healthy));
    }

    [Fact]
    public void A_quarantined_stack_that_is_armed_again_is_not_quarantined_and_a_long_reason_is_cut()
    {
        var device = new TrialDevice();
        Install(device);
        device.StartBootLoader();
        device.Switch(Slot.B).OnBoot(Slot.B);
        Assert.Equal(new string('ü', StateRecord.ReasonLength / 2), device.Switch(Slot.B).Fail(new string('ü', 200)).Reason);
        Install(device);
        Assert.Equal((true, ""), (device.Record.Quarantined.IsEmpty, device.Record.Reason));
    }

    private static void Install(TrialDevice device)
    {
        var slots = device.Switch(Slot.A);
        slots.Stage(Slot.B, TrialDevice.New);
        slots.Progress(1 << 20);
        slots.Staged();
        slots.Arm(Tries);
    }

    private static void Refused(string id, TrialDevice device, Action act)
    {
        var before = device.Record.ToBytes();
        Assert.Equal(id, Assert.Throws<ImageException>(act).Id);
        Assert.Equal(before, device.Record.ToBytes());
    }
}
