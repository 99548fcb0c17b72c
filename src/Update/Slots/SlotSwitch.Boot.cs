using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Slots;

public sealed partial class SlotSwitch
{
    private const string Silent = "it was started and did not report back: it hung, or its kernel or boot program died";

    /// <summary>
    /// What Init does before it mounts any layer: notes the trial, arms it again, or gives it up, and mends the hints. Hints that cannot be read or written stop nothing.
    /// </summary>
    /// <param name="booted">The slot that the boot loader has started.</param>
    public BootStep OnBoot(Slot booted)
    {
        var said = new List<string>();
        var (record, reading) = (Load(), TryLoad());
        var restart = false;
        var target = TargetOf(record);
        switch (TrialMachine.Answer(record, booted, reading))
        {
            case TrialAnswer.Try:
                // ARMING: the hint was written, and the record that takes the try was not.
                var slot = record.Of(target);
                if (record.Phase != InstallPhase.Trying)
                    record = Save(record.With(target, slot with { Tries = (byte)Math.Max(0, slot.Tries - (record.Phase == InstallPhase.Arming ? 1 : 0)) }) with { Phase = InstallPhase.Trying });
                said.Add($"slot {NameOf(target)} is on trial; {Tries(record.Of(target).Tries)} left after this one");
                break;
            case TrialAnswer.StayArmed:
                said.Add($"slot {NameOf(target)} was not tried: it stays armed, and no try is lost");
                if (record.Phase == InstallPhase.Arming)
                    TryStart(ref record, takesTry: true, said);
                break;
            case TrialAnswer.TryAgain:
                said.Add($"slot {NameOf(target)}: {Silent}; {Tries(record.Of(target).Tries)} left");
                restart = TryStart(ref record, takesTry: true, said);
                break;
            case TrialAnswer.TryAgainFree:
                said.Add($"slot {NameOf(target)} had been found healthy when the power went: it is started again");
                restart = TryStart(ref record, takesTry: false, said);
                break;
            case TrialAnswer.GiveUp:
                said.Add($"slot {NameOf(target)} is given up: {Silent}");
                record = GiveUp(record, Silent, said);
                break;
            case TrialAnswer.FinishCommit:
                TryFinish(ref record, said);
                break;
            case TrialAnswer.NotInstalled:
                said.Add($"slot {NameOf(booted)} is being installed into: there is nothing whole to start");
                restart = true;
                break;
            case TrialAnswer.StaleDefault:
                said.Add($"slot {NameOf(record.Active)} is the default by the state record, and the boot loader started slot {NameOf(booted)}");
                restart = true;
                break;
            default:
                break;
        }
        // After a restart the boot loader must do something else, or it would not end.
        var mended = Mend(record, TryLoad(), said);
        return new BootStep(record, restart && mended, TrialMachine.IsOnTrial(record, booted), record.Phase == InstallPhase.Failed && booted == record.Active ? record.Reason : null, said);
    }

    private HintReading TryLoad()
    {
        try
        {
            return hints.Load();
        }
        catch (IOException error)
        {
            return new HintReading(null, null, [error.Message]) { IsOnceUnknown = true };
        }
    }

    /// <summary>ARMING → once → ARMED; false when the boot loader cannot be told: then the slot is tried at a later start.</summary>
    private bool TryStart(ref StateRecord record, bool takesTry, List<string> said)
    {
        try
        {
            if (record.Phase != InstallPhase.Arming)
                record = Save(record with { Phase = InstallPhase.Arming });
            record = Start(record, takesTry);
            return true;
        }
        catch (IOException error)
        {
            said.Add($"the boot loader cannot be told to try slot {NameOf(TargetOf(record))}: {error.Message}");
            return false;
        }
    }

    private void TryFinish(ref StateRecord record, List<string> said)
    {
        var target = TargetOf(record);
        try
        {
            record = Finish(record);
            said.Add($"slot {NameOf(target)} had been found healthy when the power went: it is the default now");
        }
        catch (IOException error)
        {
            said.Add($"slot {NameOf(target)} was found healthy, and the boot loader cannot be told: {error.Message}");
        }
    }

    /// <summary>Makes the hints say what the record says. False when they do not, and cannot be written.</summary>
    private bool Mend(StateRecord record, HintReading reading, List<string> said)
    {
        var target = TargetOf(record);
        // Being committed: whichever of both the default is, the next boot does the rest.
        var wanted = record.Phase == InstallPhase.Committing && reading.Default == target ? target : record.Active;
        // Once is spent when the slot on trial runs; while it is armed and nobody can tell, it is said again.
        var once = record.Phase == InstallPhase.Armed && (reading.Once == target || reading.IsOnceUnknown) ? target : (Slot?)null;
        try
        {
            if (reading.Default != wanted || reading.Faults.Count > 0)
            {
                hints.SetDefault(wanted);
                said.Add($"the boot loader's default is slot {NameOf(wanted)} again{(reading.Faults.Count > 0 ? $" ({string.Join("; ", reading.Faults)})" : "")}");
            }
            if (reading.Once != once || reading.IsOnceUnknown)
            {
                hints.SetOnce(once);
                said.Add(once is { } slot ? $"the boot loader tries slot {NameOf(slot)} at the next start" : "the boot loader tries no slot at the next start");
            }
            return true;
        }
        catch (IOException error)
        {
            said.Add($"the boot loader's hints cannot be mended: {error.Message}");
            return false;
        }
    }

    private static string Tries(int tries) => tries == 1 ? "1 try" : $"{tries} tries";
}
