using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Slots;

/// <summary>
/// Every step from one slot to the other and back, each of which survives a power cut at any write: the only code that changes an installation's phase and the boot loader's hints.
/// src/Update/FORMAT.md has the state machine.
/// </summary>
/// <param name="state">The state record.</param>
/// <param name="hints">The boot loader's hints.</param>
public sealed class SlotSwitch(StateStore state, IBootHints hints)
{
    private readonly (StateStore State, IBootHints Hints) device = (state, hints);

    /// <summary>The slot that is installed into while this one runs. From the factory stack: the one that is not the default.</summary>
    public static Slot Target(StateRecord record, Slot running) => running switch { Slot.A => Slot.B, Slot.B => Slot.A, _ => record.Active == Slot.A ? Slot.B : Slot.A };

    /// <summary>STAGING: an installation into a slot begins. What the slot had is given up; the hints do not name it any more.</summary>
    /// <param name="target">The slot.</param>
    /// <param name="stack">What will be in it.</param>
    public StateRecord Stage(Slot target, StackId stack) => throw new NotSupportedException(device.ToString());

    /// <summary>How many bytes are in the store.</summary>
    public StateRecord Progress(ulong bytes) => throw new NotSupportedException();

    /// <summary>STAGED: everything that the slot's stack names is on the device and was read back.</summary>
    public StateRecord Staged() => throw new NotSupportedException();

    /// <summary>ARMING, ARMED: the next boot tries the slot.</summary>
    /// <param name="tries">Trial boots at most.</param>
    public StateRecord Arm(byte tries) => throw new NotSupportedException();

    /// <summary>IDLE: an installation that has not been armed is given up.</summary>
    public StateRecord Abandon() => throw new NotSupportedException();

    /// <summary>What Init does before it mounts any layer: notes the trial, arms it again, or gives it up.</summary>
    /// <param name="booted">The slot that the boot loader has started.</param>
    public BootStep OnBoot(Slot booted) => throw new NotSupportedException();

    /// <summary>COMMITTING, COMMITTED: the slot on trial becomes the default. The epoch rises to the stack's.</summary>
    public StateRecord Commit(uint epoch, long newestTime) => throw new NotSupportedException();

    /// <summary>FAILED: the slot on trial is given up, and its stack quarantined with the reason. The other slot is the default.</summary>
    public StateRecord Fail(string reason) => throw new NotSupportedException();

    /// <summary>The other slot becomes the default, with its stack and its upper. Nothing is quarantined.</summary>
    public StateRecord Rollback() => throw new NotSupportedException();
}

/// <summary>What to do at the beginning of a boot.</summary>
/// <param name="Record">The state record as it is on the device.</param>
/// <param name="Restart">The machine is to be restarted at once, to try the other slot again.</param>
/// <param name="Trial">The booted slot is on trial.</param>
/// <param name="Fallen">A trial of the other slot has been given up at this boot: its reason.</param>
/// <param name="Said">What was done, for the boot's list of decisions.</param>
public sealed record BootStep(StateRecord Record, bool Restart, bool Trial, string? Fallen, IReadOnlyList<string> Said);
