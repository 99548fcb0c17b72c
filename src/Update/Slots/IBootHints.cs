using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Slots;

/// <summary>
/// What the boot loader is told: which slot it starts, and which one it starts once. Hints only: the state record decides, and they are mended from it.
/// Any boot loader that knows these two can be behind this.
/// </summary>
public interface IBootHints
{
    /// <summary>What the boot loader will do.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    HintReading Load();

    /// <summary>What is started whenever nothing else is said.</summary>
    /// <exception cref="IOException">It cannot be written, or other bytes come back.</exception>
    void SetDefault(Slot slot);

    /// <summary>What is started the next time, and only then; null: the default.</summary>
    /// <exception cref="IOException">It cannot be written, or other bytes come back.</exception>
    void SetOnce(Slot? slot);
}
