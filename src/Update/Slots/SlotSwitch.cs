using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Slots;

/// <summary>
/// Every step from one slot to the other and back, each of which survives a power cut at any write: the only code that changes an installation's phase and the boot loader's hints.
/// src/Update/FORMAT.md has the state machine. Every method gives the record as it is on the device, and throws IB6010 to IB6012 where that cannot be read or written.
/// </summary>
/// <param name="state">The state record.</param>
/// <param name="hints">The boot loader's hints.</param>
public sealed partial class SlotSwitch(StateStore state, IBootHints hints)
{
    /// <summary>The slot that runs, which nothing is installed into; null when nothing runs from this disk.</summary>
    public Slot? Running { get; init; }

    /// <summary>The slot that is installed into while this one runs. From the factory stack: the one that is not the default.</summary>
    public static Slot Target(StateRecord record, Slot running) => running switch { Slot.A => Slot.B, Slot.B => Slot.A, _ => Other(record.Active) };

    /// <summary>
    /// STAGING: an installation into a slot begins. What the slot had is given up; the hints do not name it any more. The same installation goes on where it was.
    /// </summary>
    /// <param name="target">The slot.</param>
    /// <param name="stack">What will be in it.</param>
    /// <exception cref="ImageException">IB6050: a trial is under way. IB6051: the slot runs, or nothing else could be started. IB6054: the hints cannot be written.</exception>
    public StateRecord Stage(Slot target, StackId stack)
    {
        var record = Load();
        if (record.Phase is > InstallPhase.Staged and < InstallPhase.Committed)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6050", $"slot {NameOf(TargetOf(record))} is on trial ({record.Phase.ToString().ToLowerInvariant()}): restart to try it, or give it up with `imageagent rollback`");
        if (target == Slot.Factory || target == Running)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6051", target == Slot.Factory ? "the factory stack is never installed into" : $"slot {NameOf(target)} runs: only the other slot can be installed into");
        if (record.Phase is InstallPhase.Staging or InstallPhase.Staged && TargetOf(record) == target && record.Of(target).Stack == stack)
            return record;
        var other = Other(target);
        if (record.Active == target)
        {
            if (record.Of(other).Status != SlotStatus.Good)
                throw new ImageException(ImageErrorKind.Unsupported, "IB6051", $"slot {NameOf(target)} is what starts, and slot {NameOf(other)} is not fit to: nothing is installed over the only slot that is");
            record = record with { Active = other };
        }
        // The default first: a slot that the boot loader starts is whole until it starts another.
        Tell("the default", () => hints.SetDefault(record.Active));
        Tell("the next start", () => hints.SetOnce(null));
        return Save(record.With(other, Settled(record.Of(other))).With(target, new SlotState(stack, 0, SlotStatus.Trial, 0)) with { Phase = InstallPhase.Staging, InstallOffset = 0 });
    }

    /// <summary>How many bytes are in the store.</summary>
    /// <exception cref="ImageException">IB6052: nothing is being installed.</exception>
    public StateRecord Progress(ulong bytes) => Save(Require("noted", InstallPhase.Staging) with { InstallOffset = bytes });

    /// <summary>STAGED: everything that the slot's stack names is on the device and was read back.</summary>
    /// <exception cref="ImageException">IB6052: nothing is being installed.</exception>
    public StateRecord Staged() => Save(Require("staged", InstallPhase.Staging, InstallPhase.Staged) with { Phase = InstallPhase.Staged });

    /// <summary>ARMING, ARMED: the next boot tries the slot.</summary>
    /// <param name="tries">Trial boots at most; at least 1.</param>
    /// <exception cref="ImageException">IB6052: nothing is staged. IB6054: the hint cannot be written; the slot stays staged.</exception>
    public StateRecord Arm(byte tries)
    {
        var record = Require("armed", InstallPhase.Staged, InstallPhase.Arming);
        var target = TargetOf(record);
        var slot = record.Of(target) with { Tries = Math.Max(tries, (byte)1) };
        // Every field of the trial in one write: nothing of an earlier one can count. A stack that is tried again by hand is no longer quarantined.
        record = Save((record.Quarantined == slot.Stack ? record with { Quarantined = default, Reason = "" } : record).With(target, slot) with { Phase = InstallPhase.Arming });
        try
        {
            return Start(record, takesTry: true);
        }
        catch (IOException error)
        {
            Save(record with { Phase = InstallPhase.Staged });
            throw Untold("the next start", error);
        }
    }

    /// <summary>IDLE: an installation that has not been armed is given up. Nothing happens where there is none.</summary>
    /// <exception cref="ImageException">IB6052: it is on trial.</exception>
    public StateRecord Abandon()
    {
        var record = Load();
        if (record.Phase is not (InstallPhase.Staging or InstallPhase.Staged))
            return record.Phase is > InstallPhase.Staged and < InstallPhase.Committed ? throw NotNow("given up as an installation", record) : record;
        return Save(record.With(TargetOf(record), default) with { Phase = InstallPhase.Idle, InstallOffset = 0 });
    }

    /// <summary>COMMITTING, COMMITTED: the slot on trial becomes the default. The epoch rises to the stack's. What a cut has left of it can be done again.</summary>
    /// <param name="epoch">The stack's security epoch.</param>
    /// <param name="newestTime">The newest signed time that was seen, seconds since 1970; 0 for none.</param>
    /// <exception cref="ImageException">IB6052: no slot is on trial. IB6053: another slot runs. IB6054: the hints cannot be written; the commit goes on at the next call, or the next boot.</exception>
    public StateRecord Commit(uint epoch, long newestTime)
    {
        var record = Load();
        if (record.Phase == InstallPhase.Committed && (Running is null || Running == record.Active))
            return Raise(record, epoch, newestTime) is var raised && raised == record ? record : Save(raised);
        record = Require("kept", InstallPhase.Trying, InstallPhase.Committing);
        if (Running is { } running && running != TargetOf(record))
            throw new ImageException(ImageErrorKind.Unsupported, "IB6053", $"slot {NameOf(TargetOf(record))} is on trial, and slot {NameOf(running)} runs: only a slot that runs can be kept");
        record = Raise(record, epoch, newestTime) with { Phase = InstallPhase.Committing };
        try
        {
            return Finish(Save(record));
        }
        catch (IOException error)
        {
            throw Untold("the default", error);
        }
    }

    /// <summary>FAILED: the slot on trial is given up, and its stack quarantined with the reason. The other slot is the default.</summary>
    /// <param name="reason">Why, for people; what is longer than the record's 96 bytes is cut off.</param>
    /// <exception cref="ImageException">IB6052: no slot is on trial.</exception>
    public StateRecord Fail(string reason)
    {
        var record = Require("given up", InstallPhase.Arming, InstallPhase.Armed, InstallPhase.Trying, InstallPhase.Committing);
        return GiveUp(record, reason, []);
    }

    /// <summary>
    /// The other slot becomes the default, with its stack and its upper. Nothing is quarantined. While a slot is on trial, or armed, that is given up instead: the default is the
    /// other one anyway.
    /// </summary>
    /// <exception cref="ImageException">IB6050: an installation is under way. IB6055: the other slot is not fit to be started. IB6054: the hints cannot be written.</exception>
    public StateRecord Rollback()
    {
        var record = Load();
        if (record.Phase is InstallPhase.Staging or InstallPhase.Staged)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6050", $"slot {NameOf(TargetOf(record))} is being installed into, and has nothing to go back to");
        if (TrialMachine.TargetOf(record) is { } target)
        {
            Tell("the next start", () => hints.SetOnce(null)); // cut here: a try is lost, no more
            record = Save(record.With(target, record.Of(target) with { Status = SlotStatus.Failed, Tries = 0 }) with { Phase = InstallPhase.Idle });
            Tell("the default", () => hints.SetDefault(record.Active));
            return record;
        }
        var running = Running is Slot.A or Slot.B ? Running.Value : record.Active;
        var other = Other(running);
        if (record.Of(other) is not { Status: SlotStatus.Good, Stack.IsEmpty: false })
            throw new ImageException(ImageErrorKind.Unsupported, "IB6055", $"slot {NameOf(other)} has {(record.Of(other).Status == SlotStatus.Failed ? "a stack that failed its trial" : "no stack")}, so there is nothing to go back to; `Factory state` in the boot menu always starts");
        // Cut here: the boot finds a default that the record no longer has, and restarts.
        record = Save(record with { Active = other, Phase = InstallPhase.Idle });
        Tell("the default", () => hints.SetDefault(other));
        return record;
    }

    private StateRecord Load() => state.Load().Record ?? throw StateStore.Missing();

    private StateRecord Save(StateRecord record) => state.Save(record);

    /// <summary>ARMING → once → ARMED.</summary>
    private StateRecord Start(StateRecord arming, bool takesTry)
    {
        var target = TargetOf(arming);
        hints.SetOnce(target);
        var slot = arming.Of(target);
        return Save(arming.With(target, slot with { Tries = (byte)Math.Max(0, slot.Tries - (takesTry ? 1 : 0)) }) with { Phase = InstallPhase.Armed });
    }

    /// <summary>COMMITTING → default → COMMITTED.</summary>
    private StateRecord Finish(StateRecord committing)
    {
        var target = TargetOf(committing);
        hints.SetDefault(target);
        return Save(committing.With(target, committing.Of(target) with { Status = SlotStatus.Good, Tries = 0 }) with { Phase = InstallPhase.Committed, Active = target, InstallOffset = 0 });
    }

    private StateRecord GiveUp(StateRecord record, string reason, List<string> said)
    {
        var target = TargetOf(record);
        var failed = record.Of(target) with { Status = SlotStatus.Failed, Tries = 0 };
        record = Save(record.With(target, failed) with { Phase = InstallPhase.Failed, Quarantined = failed.Stack, Reason = Shorten(reason) });
        Mend(record, TryLoad(), said);
        return record;
    }

    private static StateRecord Raise(StateRecord record, uint epoch, long newestTime) =>
        record with { Epoch = Math.Max(record.Epoch, epoch), NewestTime = Math.Max(record.NewestTime, newestTime) };

    // A slot that was never found healthy stays what it was; one on trial cannot be beside another.
    private static SlotState Settled(SlotState slot) => slot.Status == SlotStatus.Trial ? slot with { Status = SlotStatus.Failed, Tries = 0 } : slot;

    private StateRecord Require(string what, params InstallPhase[] phases)
    {
        var record = Load();
        return Array.IndexOf(phases, record.Phase) >= 0 && TrialMachine.TargetOf(record) is not null ? record : throw NotNow(what, record);
    }

    private static Slot TargetOf(StateRecord record) => TrialMachine.TargetOf(record) ?? Other(record.Active);

    private static Slot Other(Slot slot) => slot == Slot.A ? Slot.B : Slot.A;

    private static string NameOf(Slot slot) => HintFile.NameOf(slot);

    private static ImageException NotNow(string what, StateRecord record) => new(ImageErrorKind.Unsupported, "IB6052",
        $"nothing can be {what} now: {(TrialMachine.TargetOf(record) is { } target ? $"slot {NameOf(target)} is {record.Phase.ToString().ToLowerInvariant()}" : "no installation is under way")}; `imageagent status` shows the slots");

    private static void Tell(string what, Action tell)
    {
        try
        {
            tell();
        }
        catch (IOException error)
        {
            throw Untold(what, error);
        }
    }

    private static ImageException Untold(string what, IOException error) =>
        new(ImageErrorKind.Io, "IB6054", $"the boot loader cannot be told {what}: {error.Message}; what starts stays as it is", error);

    /// <summary>A reason on one line, with as much of it as the state record has room for.</summary>
    public static string Shorten(string reason)
    {
        var text = reason.ReplaceLineEndings(" ").Trim();
        while (Encoding.UTF8.GetByteCount(text) > StateRecord.ReasonLength)
            text = text[..^(char.IsLowSurrogate(text[^1]) ? 2 : 1)];
        return text;
    }
}
