namespace ImageBuilder.Formats.SquashFs;

/// <summary>The user's wish which files come first, from lines of a path and an optional priority.</summary>
internal sealed class SortOrder
{
    private const int ListedPriority = 1;
    private readonly Dictionary<string, Rank> ranks = new(StringComparer.Ordinal);

    /// <summary>A place in the order: smaller comes first.</summary>
    public readonly record struct Rank(int NegatedPriority, int Line) : IComparable<Rank>
    {
        public int CompareTo(Rank other) => NegatedPriority != other.NegatedPriority ? NegatedPriority.CompareTo(other.NegatedPriority) : Line.CompareTo(other.Line);
    }

    /// <exception cref="ImageException">IB2118: a priority out of range.</exception>
    public SortOrder(IReadOnlyList<string>? lines)
    {
        for (var i = 0; i < lines?.Count; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            var priority = ListedPriority;
            if (line.LastIndexOfAny([' ', '\t']) is var blank and >= 0 && int.TryParse(line.AsSpan(blank + 1), out priority))
            {
                if (priority is < short.MinValue or > short.MaxValue)
                    throw new ImageException(ImageErrorKind.Unsupported, "IB2118",
                        $"line {i + 1} of the sort order has priority {priority}; {short.MinValue} to {short.MaxValue} are possible");
                line = line[..blank].TrimEnd();
            }
            else
            {
                priority = ListedPriority;
            }
            ranks["/" + line.Trim('/')] = new Rank(-priority, i);
        }
    }

    /// <summary>The place of a file: that of its own line, else of the nearest directory above it that has one.</summary>
    public Rank Of(Inode inode)
    {
        if (ranks.Count > 0)
            for (var path = inode.Path; path.Length > 0; path = path[..path.LastIndexOf('/')])
                if (ranks.TryGetValue(path, out var rank))
                    return rank;
        return default;
    }
}
