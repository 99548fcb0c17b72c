using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Slots;

/// <summary>Hints that cannot be had: nothing is known of them, and nothing can be told to the boot loader.</summary>
/// <param name="why">The reason.</param>
public sealed class LostHints(string why) : IBootHints
{
    public HintReading Load() => new(null, null, [why]) { IsOnceUnknown = true };

    public void SetDefault(Slot slot) => throw new IOException(why);

    public void SetOnce(Slot? slot) => throw new IOException(why);
}
