using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Slots;

/// <summary>What the boot loader will do.</summary>
/// <param name="Default">What it starts; null when that cannot be read in any copy: it starts the factory stack.</param>
/// <param name="Once">What it starts the next time; null for the default.</param>
/// <param name="Faults">What is wrong with the hints; empty when all is well.</param>
public sealed record HintReading(Slot? Default, Slot? Once, IReadOnlyList<string> Faults)
{
    /// <summary>Whether something is started once cannot be read: the boot loader takes it for no.</summary>
    public bool IsOnceUnknown { get; init; }
}
