namespace ImageBuilder.Linux.CommandLines;

/// <summary>One word of the kernel command line that the boot program knows: what it is called, whose it is, what it does.</summary>
/// <param name="Key">The part before '='.</param>
/// <param name="Owner">The program whose users know it: "imagebuilder", "live-boot", "dracut", "kernel", …</param>
/// <param name="Form">What it takes, as documentation writes it: "=SECONDS"; "" for a switch.</param>
/// <param name="Meaning">What the boot program does with it; one line.</param>
public sealed record BootWord(string Key, string Owner, string Form, string Meaning)
{
    /// <summary>Follows the word; null when <see cref="Translate"/> does. Throws <see cref="FormatException"/> for a value that cannot be followed.</summary>
    internal Func<BootOptions, string?, BootOptions>? Apply { get; init; }

    /// <summary>Words of other programs: says the same in ours.</summary>
    internal Func<string?, Translation>? Translate { get; init; }

    /// <summary>Of other programs' words it has the last say, wherever it stands: nopersistence.</summary>
    internal bool Overrules { get; init; }

    /// <summary>True for another program's word that is said in ours.</summary>
    public bool IsAlias => Translate is not null;

    /// <summary>True for our own words, false for those of the kernel and of other programs.</summary>
    public bool IsOurs => Key.StartsWith("ib.", StringComparison.Ordinal);
}

/// <summary>Another program's word in ours.</summary>
/// <param name="Words">Ours; none when it changes nothing here.</param>
/// <param name="Note">What is different from what its owner does with it, or why it changes nothing; null when nothing is to be said.</param>
internal sealed record Translation(IReadOnlyList<Word> Words, string? Note = null)
{
    /// <summary>What was asked for and does not happen, for the console; null when all of it does.</summary>
    public string? Warning { get; init; }

    /// <summary>Why the boot stops: less than was asked for would be dangerous.</summary>
    public string? Problem { get; init; }

    /// <summary>One word of ours.</summary>
    public static Translation To(string key, string? value = null, string? note = null) => new([new(key, value)], note);

    /// <summary>Nothing here.</summary>
    public static Translation Nothing(string why) => new([], why);

    /// <summary>Nothing here, although something was asked for.</summary>
    public static Translation Missing(string why) => new([]) { Warning = why };

    /// <summary>The boot stops.</summary>
    public static Translation Refused(string why) => new([]) { Problem = why };
}
