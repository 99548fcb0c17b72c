using System.Globalization;
using System.Runtime.CompilerServices;

namespace ImageBuilder.EndToEnd.Tests.PowerCuts;

/// <summary>The section of tests/Update.Tests/RESULTS.md about recorded machines; a run with RECORD_RESULTS=1 writes a line of it.</summary>
internal static class CutReport
{
    private const string Section = "## Recorded machines";

    private const string Head = """
        ## Recorded machines

        QEMU notes every write of a real system to its disk. From one flush to the next: all writes up to each of them, all but one, one alone, the last
        one torn. Each distinct state is read by the boot program's own code; for as many as there is time for e2fsck mends the data partition, and what
        the record names must be there. Written by RECORD_RESULTS=1 dotnet test tests/EndToEnd --filter PowerCut.

        | what | writes | flushes | distinct states | of them with e2fsck | lost |
        |---|---|---|---|---|---|

        """;

    /// <summary>Writes one row, in place of the one with the same name.</summary>
    public static void Add(string what, BlockLog log, int states, int mended)
    {
        if (Environment.GetEnvironmentVariable("RECORD_RESULTS") is not { Length: > 0 })
            return;
        var path = Path.Combine(Folder(), "..", "..", "Update.Tests", "RESULTS.md");
        var text = File.ReadAllText(path);
        var at = text.IndexOf(Section, StringComparison.Ordinal);
        var rows = at < 0 ? [] : text[at..].Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| what", StringComparison.Ordinal) && !line.StartsWith($"| {what} |", StringComparison.Ordinal));
        var row = string.Create(CultureInfo.InvariantCulture, $"| {what} | {log.Entries.Count(entry => entry.Length > 0)} | {log.Entries.Count(entry => entry.Flags.HasFlag(BlockLogFlags.Flush))} | {states} | {mended} | 0 |");
        File.WriteAllText(path, (at < 0 ? text.TrimEnd() + "\n\n" : text[..at]) + Head + string.Concat(rows.Append(row).Order(StringComparer.Ordinal).Select(line => line + "\n")));
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
