using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Slots;

/// <summary>What the beginning of a boot has to do about an installation.</summary>
public enum TrialAnswer
{
    /// <summary>Nothing but to mend the hints.</summary>
    Nothing,

    /// <summary>The slot that was started is on trial, and that has to be noted before anything of it is mounted.</summary>
    Try,

    /// <summary>The slot on trial was not started: it stays armed, and no try is lost.</summary>
    StayArmed,

    /// <summary>The slot on trial was started and did not get far enough: once more, which takes a try.</summary>
    TryAgain,

    /// <summary>As <see cref="TryAgain"/>, but without taking a try: the slot had been found healthy.</summary>
    TryAgainFree,

    /// <summary>The slot on trial was started for the last time.</summary>
    GiveUp,

    /// <summary>The slot that was started had been found healthy: what is left of the commit is done.</summary>
    FinishCommit,

    /// <summary>The slot that was started has nothing whole in it.</summary>
    NotInstalled,

    /// <summary>The boot loader has followed a default that the record no longer has.</summary>
    StaleDefault,
}

/// <summary>
/// The state machine of a trial as a table: what was started, and what it found, give what is to be done. It reads and writes nothing; <see cref="SlotSwitch"/> does.
/// src/Update/FORMAT.md has the same table in words.
/// </summary>
public static class TrialMachine
{
    /// <summary>The slot that an installation is for, or that is on trial; null when there is none.</summary>
    public static Slot? TargetOf(StateRecord record) =>
        record.Phase is < InstallPhase.Staging or > InstallPhase.Committing ? null
        : record.A.Status == SlotStatus.Trial ? Slot.A
        : record.B.Status == SlotStatus.Trial ? Slot.B : null;

    /// <summary>Whether a slot that was started is on trial.</summary>
    public static bool IsOnTrial(StateRecord record, Slot booted) => record.Phase is InstallPhase.Arming or InstallPhase.Armed or InstallPhase.Trying && TargetOf(record) == booted;

    /// <summary>What a boot has to do.</summary>
    /// <param name="record">The state record.</param>
    /// <param name="booted">What the boot loader has started.</param>
    /// <param name="hints">What the boot loader was told.</param>
    public static TrialAnswer Answer(StateRecord record, Slot booted, HintReading hints)
    {
        if (TargetOf(record) is not { } target)
            return IsStale(record, booted, hints) ? TrialAnswer.StaleDefault : TrialAnswer.Nothing;
        if (booted == target)
            return record.Phase switch
            {
                InstallPhase.Staging or InstallPhase.Staged => TrialAnswer.NotInstalled,
                InstallPhase.Committing => TrialAnswer.FinishCommit,
                _ => TrialAnswer.Try,
            };
        // The factory stack is started by a person, or when the hints are lost: it decides nothing.
        if (booted == Slot.Factory)
            return TrialAnswer.Nothing;
        return record.Phase switch
        {
            InstallPhase.Arming => TrialAnswer.StayArmed,
            InstallPhase.Armed when hints.Once == target || hints.IsOnceUnknown => TrialAnswer.StayArmed,
            InstallPhase.Armed or InstallPhase.Trying => record.Of(target).Tries > 0 ? TrialAnswer.TryAgain : TrialAnswer.GiveUp,
            InstallPhase.Committing => TrialAnswer.TryAgainFree,
            _ => TrialAnswer.Nothing,
        };
    }

    // A cut between the record's new default and the hint. Had a person chosen the slot in the menu, the hint would not be that slot.
    private static bool IsStale(StateRecord record, Slot booted, HintReading hints) =>
        booted != Slot.Factory && booted != record.Active && hints.Default == booted && record.Active != Slot.Factory && record.Of(record.Active).Status == SlotStatus.Good;
}
