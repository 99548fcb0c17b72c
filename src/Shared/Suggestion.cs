namespace ImageBuilder;

/// <summary>Finds what a user most likely meant.</summary>
internal static class Suggestion
{
    /// <summary>The candidate nearest to what was written, when it is near enough; else null.</summary>
    public static string? For(string written, IEnumerable<string> candidates)
    {
        // A plain loop and rows of one dimension: this is also part of a program of the initramfs, where every kilobyte counts.
        var (best, least) = ((string?)null, Math.Max(1, written.Length / 3));
        foreach (var candidate in candidates)
        {
            var distance = Distance(Fold(written), Fold(candidate));
            if (distance > least || (distance == least && best is not null && string.CompareOrdinal(candidate, best) >= 0))
                continue;
            (best, least) = (candidate, distance);
        }
        return best;
    }

    /// <summary>The end of a message: a suggestion, or else all there is to choose from.</summary>
    public static string OrAll(string written, IReadOnlyCollection<string> candidates, string allAre) =>
        For(written, candidates) is { } near ? $"did you mean '{near}'?" : $"{allAre} {string.Join(", ", candidates)}";

    private static string Fold(string name) => name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.</summary>
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 16 || a.Length > 64)
            return int.MaxValue;
        var (above2, above, row) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (var j = 0; j <= b.Length; j++)
            row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            (above2, above, row) = (above, row, above2);
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], above2[j - 2] + 1);
            }
        }
        return row[b.Length];
    }
}
