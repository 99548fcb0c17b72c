using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace ImageBuilder.Update.Tests.Cuts;

/// <summary>How many states of each kind were tried; a run with RECORD_RESULTS=1 writes them beside the project.</summary>
public sealed class Results : IDisposable
{
    /// <summary>What the names of updates' rows begin with.</summary>
    public const string Update = "update: ";

    private readonly ConcurrentDictionary<string, (int Operations, int States, int Recoveries)> rows = new();

    /// <param name="what">What was cut.</param>
    /// <param name="operations">Operations of it that change or synchronise something.</param>
    /// <param name="states">Distinct states of the devices that were recovered from.</param>
    /// <param name="recoveries">Of them those that a second fault, during the recovery, led to.</param>
    public void Add(string what, int operations, int states, int recoveries) => rows[what] = (operations, states, recoveries);

    public void Dispose()
    {
        if (Environment.GetEnvironmentVariable("RECORD_RESULTS") is not { Length: > 0 })
            return;
        var text = new StringBuilder("""
            # Power cuts, enumerated

            Each row is a model run of the real code: cut before every operation, with every subset (or, where more than seven changes are open, a
            systematic selection) of what was not synchronised, torn sectors, EIO and ENOSPC at every operation, and a second fault during the recovery.
            After each, updates start the old stack or the new one with all its digests right, take the next update, and leave nothing behind after a collection.
            Written by RECORD_RESULTS=1 dotnet test tests/Update.Tests.

            | what | operations | distinct states | of them after a second fault | lost |
            |---|---|---|---|---|

            """);
        foreach (var (what, (operations, states, recoveries)) in rows.OrderBy(row => row.Key, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"| {what} | {operations} | {states} | {recoveries} | 0 |\n");
        var updates = rows.Where(row => row.Key.StartsWith(Update, StringComparison.Ordinal)).Select(row => row.Value).ToList();
        text.Append(CultureInfo.InvariantCulture, $"| **updates** | | **{updates.Sum(row => row.States)}** | {updates.Sum(row => row.Recoveries)} | **0** |\n");
        text.Append(CultureInfo.InvariantCulture, $"| **all** | | **{rows.Values.Sum(row => row.States)}** | {rows.Values.Sum(row => row.Recoveries)} | **0** |\n");
        // What other tests have written stays.
        var path = Path.Combine(Folder(), "..", "RESULTS.md");
        var before = File.ReadAllText(path);
        var others = before.IndexOf("\n## ", StringComparison.Ordinal);
        File.WriteAllText(path, text + (others < 0 ? "" : before[others..]));
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}

/// <summary>The classes that count states together.</summary>
[CollectionDefinition(Name)]
public sealed class CutGroup : ICollectionFixture<Results>
{
    public const string Name = "cuts";
}
