namespace ImageBuilder.Linux.CommandLines;

/// <summary>
/// A kernel command line as the boot program takes it. The boot program follows it, the builder checks specs by it, and
/// `explain-cmdline` prints it: one reading, so that none of them can say what another does not do.
/// </summary>
public sealed class BootReading
{
    private BootReading(BootOptions options, IReadOnlyList<WordReading> words) => (Options, Words) = (options, words);

    /// <summary>What the words ask for.</summary>
    public BootOptions Options { get; }

    /// <summary>Every word, in the line's order.</summary>
    public IReadOnlyList<WordReading> Words { get; }

    /// <summary>Why the boot stops: "word: reason", all at once.</summary>
    public IReadOnlyList<string> Problems => Say(word => word.Problem);

    /// <summary>What does not happen although it was asked for: "word: reason".</summary>
    public IReadOnlyList<string> Warnings => Say(word => word.Warning);

    /// <summary>Reads a line.</summary>
    public static BootReading Of(KernelCommandLine line)
    {
        var words = line.Words.Select(Look).ToList();
        var options = new BootOptions();
        // Words of other programs first, whatever the order: ours decide. The sort is stable.
        foreach (var word in words.Where(word => word.Known?.Translate is not null).OrderBy(word => word.Known!.Overrules))
            options = FollowTranslated(options, word, line);
        foreach (var word in words.Where(word => word.Known?.Apply is not null))
            options = Follow(options, word);
        return new BootReading(options, words);
    }

    private static WordReading Look(Word said)
    {
        var reading = new WordReading(said, BootWords.Find(said.Key));
        if (reading.Known is null && (said.Key == "ib" || said.Key.StartsWith("ib.", StringComparison.Ordinal)))
            reading.Problem = $"unknown word; {Suggestion.OrAll(said.Key, BootWords.OursNow, "known are")}";
        return reading;
    }

    private static BootOptions Follow(BootOptions options, WordReading reading)
    {
        try
        {
            return reading.Known!.Apply!(options, reading.Said.Value);
        }
        catch (FormatException error)
        {
            reading.Problem = error.Message;
            return options;
        }
    }

    private static BootOptions FollowTranslated(BootOptions options, WordReading reading, KernelCommandLine line)
    {
        try
        {
            var translation = reading.Known!.Translate!(reading.Said.Value);
            var followed = options;
            foreach (var word in translation.Words)
                followed = BootWords.Find(word.Key)!.Apply!(followed, word.Value);
            var decides = translation.Words.FirstOrDefault(word => line.Has(word.Key));
            reading.Ours = translation.Words;
            reading.Note = decides is null ? translation.Note : $"{decides.Key}= is given as well, and decides";
            (reading.Warning, reading.Problem) = (translation.Warning, translation.Problem);
            return followed;
        }
        catch (FormatException error)
        {
            reading.Warning = $"not followed: {error.Message}";
            return options;
        }
    }

    private IReadOnlyList<string> Say(Func<WordReading, string?> what) =>
        [.. Words.Where(word => what(word) is not null).Select(word => $"{word.Said}: {what(word)}")];
}
