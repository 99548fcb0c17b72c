using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Update;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.State;

namespace ImageBuilder.Init;

/// <summary>The trial of a slot, before anything of it is mounted: noted, begun again, or given up. What fails here stops no boot: a slot that is not on trial starts as ever.</summary>
internal static class SlotTrial
{
    /// <summary>Does what this boot has to do; restarts the machine when another slot is to be started.</summary>
    public static void Begin(Boot boot, Slot booted)
    {
        boot.IsOnTrial = false;
        if (boot is not { State: { } state, StateDevice: { } stateDevice, Record: { } record, Disk: { } disk })
            return;
        using var esp = TryOpen(disk);
        var slots = new SlotSwitch(state, esp is null ? new LostHints($"there is no partition {EspHints.Label} on {disk.Path} that can be opened") : EspHints.Open(stateDevice, esp)) { Running = booted };
        try
        {
            var step = slots.OnBoot(booted);
            boot.Record = record = step.Record;
            foreach (var said in step.Said)
                boot.Decide("trial", HintFile.NameOf(booted), said);
            if (step.Restart)
                Restart(boot, step.Said);
            if (step.Fallen is { } reason)
                Tell(boot, record, reason);
        }
        catch (Exception error) when (error is IOException or ImageException)
        {
            boot.Fail($"the state of slots cannot be noted: {error.Message}");
        }
        boot.IsOnTrial = TrialMachine.IsOnTrial(record, booted);
        if (!boot.IsOnTrial)
            return;
        boot.Timeline.Set("trial", record.Of(booted).Stack.ToString());
        File.WriteAllText(DevicePaths.Trial, $"{record.Of(booted).Stack}\n");
        boot.Log.Show($"imagebuilder: slot {HintFile.NameOf(booted)} is on trial.");
    }

    /// <summary>Gives the slot on trial up; false when there is none.</summary>
    /// <param name="boot">The boot.</param>
    /// <param name="reason">Why.</param>
    public static bool Fail(Boot boot, string reason)
    {
        if (!boot.IsOnTrial || boot is not { State: { } state, StateDevice: { } stateDevice, Disk: { } disk })
            return false;
        boot.IsOnTrial = false;
        try
        {
            using var esp = TryOpen(disk);
            new SlotSwitch(state, esp is null ? new LostHints("there is no EFI system partition") : EspHints.Open(stateDevice, esp)).Fail(reason);
            boot.Log.Show("\nThis was a trial: it has failed, and the other slot starts again.");
        }
        catch (Exception error) when (error is IOException or ImageException)
        {
            boot.Log.Show($"\nThis was a trial, and that it has failed cannot be noted: {error.Message}");
        }
        return true;
    }

    private static void Tell(Boot boot, StateRecord record, string reason)
    {
        boot.Timeline.Set("fallen", reason);
        boot.Notice($"The update to stack {record.Quarantined.ToString()[..16]} has failed and was taken back: {reason}.");
    }

    private static void Restart(Boot boot, IReadOnlyList<string> said)
    {
        boot.Log.Show($"imagebuilder: {string.Join("; ", said)}. The machine restarts.");
        Machine.Restart();
    }

    private static RawDevice? TryOpen(BootedDisk disk)
    {
        try
        {
            return disk.Find(EspHints.Label) is { } part ? RawDevice.OpenShared(part.Path) : null;
        }
        catch (LinuxException)
        {
            return null;
        }
    }
}
