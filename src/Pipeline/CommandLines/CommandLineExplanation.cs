using System.Text.Json.Nodes;
using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Pipeline.CommandLines;

/// <summary>What each word of a kernel command line will do: as the boot program reads it, and what is known of the others' words.</summary>
public sealed class CommandLineExplanation
{
    private CommandLineExplanation(IReadOnlyList<ExplainedWord> words) => Words = words;

    /// <summary>The words in the line's order.</summary>
    public IReadOnlyList<ExplainedWord> Words { get; }

    /// <summary>True when the boot program would stop at one of them.</summary>
    public bool HasErrors => Words.Any(word => word.Verdict == WordVerdict.Error);

    /// <summary>Explains a line.</summary>
    public static CommandLineExplanation Of(string line)
    {
        var commandLine = KernelCommandLine.Parse(line);
        return new([.. BootReading.Of(commandLine).Words.Select(Explain), .. commandLine.ForInit.Select(Behind)]);
    }

    private static ExplainedWord Behind(Word word) => word.Key == KernelCommandLine.Separator
        ? new ExplainedWord(word.ToString(), WordVerdict.Kernel, "kernel", "what follows is for the real init alone", null)
        : new ExplainedWord(word.ToString(), WordVerdict.Passed, "real init", "handed to it as an argument", null);

    /// <summary>An entry per word; "ours" is absent where nothing is translated.</summary>
    public string ToJson()
    {
        var words = new JsonArray();
        foreach (var word in Words)
        {
            var entry = new JsonObject { ["word"] = word.Word, ["verdict"] = word.Verdict.ToString().ToLowerInvariant(), ["owner"] = word.Owner, ["meaning"] = word.Meaning };
            if (word.Ours is not null)
                entry["ours"] = word.Ours;
            words.Add((JsonNode)entry);
        }
        return new JsonObject { ["ok"] = !HasErrors, ["words"] = words }.ToJsonString() + "\n";
    }

    private static ExplainedWord Explain(WordReading reading)
    {
        var said = reading.Said.ToString();
        if (reading.Problem is { } problem)
            return new ExplainedWord(said, WordVerdict.Error, reading.Known?.Owner ?? "imagebuilder", $"the boot stops and shows it: {problem}", null);
        if (reading.Known is not { } word)
            return KernelWords.Explain(reading.Said);
        var ours = reading.Ours.Count == 0 ? null : string.Join(' ', reading.Ours);
        var verdict = !word.IsAlias ? word.IsOurs ? WordVerdict.Ours : WordVerdict.Kernel : ours is null ? WordVerdict.Nothing : WordVerdict.Alias;
        var meaning = ours is null ? word.Meaning : $"{word.Meaning}, as {ours}";
        if (reading.Note is { } note)
            meaning += $"; {note}";
        return new ExplainedWord(said, verdict, word.Owner, reading.Warning is { } warning ? $"{meaning}: {warning}; the console says so" : meaning, ours);
    }
}
