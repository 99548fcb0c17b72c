using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.State;

/// <summary>What a slot boots.</summary>
/// <param name="Stack">Its stack; empty when the slot has none.</param>
/// <param name="Upper">The number of its upper; 0 when none has been made yet.</param>
/// <param name="Status">How it stands.</param>
/// <param name="Tries">Trial boots that are left.</param>
public readonly record struct SlotState(StackId Stack, uint Upper, SlotStatus Status, byte Tries);

/// <summary>How a slot stands. The values are on disk.</summary>
public enum SlotStatus : byte
{
    /// <summary>Nothing to boot, or not to be relied on yet.</summary>
    Empty = 0,

    /// <summary>Booted and found healthy, or as shipped.</summary>
    Good = 1,

    /// <summary>Installed, and on trial.</summary>
    Trial = 2,

    /// <summary>Tried and given up.</summary>
    Failed = 3,
}

/// <summary>The names of the slots. The values are on disk.</summary>
public enum Slot : byte
{
    A = 0,
    B = 1,

    /// <summary>The stack that the image was shipped with: no slot that anything is installed into.</summary>
    Factory = 2,
}
