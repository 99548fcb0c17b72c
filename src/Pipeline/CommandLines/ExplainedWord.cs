namespace ImageBuilder.Pipeline.CommandLines;

/// <summary>Who acts on a word of the kernel command line.</summary>
public enum WordVerdict
{
    /// <summary>The boot program; the word is its own.</summary>
    Ours,

    /// <summary>The boot program; the word is another program's and means one of its own.</summary>
    Alias,

    /// <summary>The kernel, and the boot program where it concerns it.</summary>
    Kernel,

    /// <summary>A kernel module gets it as a parameter.</summary>
    Module,

    /// <summary>systemd or another part of the real system.</summary>
    System,

    /// <summary>Nobody that is known: the real init gets it as an argument or in its environment.</summary>
    Passed,

    /// <summary>It changes nothing here.</summary>
    Nothing,

    /// <summary>The boot stops.</summary>
    Error,
}

/// <summary>One word, explained.</summary>
/// <param name="Word">As it is written.</param>
/// <param name="Verdict">Who acts on it.</param>
/// <param name="Owner">Whose word it is.</param>
/// <param name="Meaning">What it does; one line.</param>
/// <param name="Ours">For an alias: the words of the boot program that it stands for.</param>
public sealed record ExplainedWord(string Word, WordVerdict Verdict, string Owner, string Meaning, string? Ours);
