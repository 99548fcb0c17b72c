namespace ImageBuilder.Linux.CommandLines;

/// <summary>What became of one word of the kernel command line.</summary>
public sealed class WordReading(Word said, BootWord? known)
{
    /// <summary>The word.</summary>
    public Word Said { get; } = said;

    /// <summary>What the boot program knows of it; null when it is none of its words.</summary>
    public BootWord? Known { get; } = known;

    /// <summary>Another program's word in ours; empty when it changes nothing.</summary>
    public IReadOnlyList<Word> Ours { get; internal set; } = [];

    /// <summary>What else is to be known: why it changes nothing, or which word decides instead.</summary>
    public string? Note { get; internal set; }

    /// <summary>Shown on the console, and the boot goes on: something that was asked for does not happen.</summary>
    public string? Warning { get; internal set; }

    /// <summary>Why the boot stops.</summary>
    public string? Problem { get; internal set; }
}
