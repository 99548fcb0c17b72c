namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// Where the data of an image goes that is to differ little from a previous one: what is kept stays where it was, what is new goes into the gaps or
/// behind. Gaps stay within a limit: past it the last of what is kept moves into them, and when nothing fits any more, gaps are closed from the last one on.
/// </summary>
internal sealed class SpacePlan
{
    /// <summary>At most one byte in so many belongs to nothing.</summary>
    private const int GapShare = 100;

    private readonly List<Item> placed = [];
    private readonly long start;

    /// <summary>One run and where it goes.</summary>
    private sealed class Item(IStored run, long at)
    {
        public IStored Run { get; } = run;

        public long At { get; set; } = at;

        public long Length { get; } = run.StoredLength;

        public long End => At + Length;
    }

    /// <param name="start">The first byte of data.</param>
    /// <param name="kept">What is kept, with its place in the previous image; runs do not overlap.</param>
    /// <param name="fresh">What is new, in the order in which it is to lie.</param>
    public SpacePlan(long start, IEnumerable<IStored> kept, IReadOnlyList<IStored> fresh)
    {
        this.start = start;
        placed.AddRange(kept.OrderBy(run => run.Start).Select(run => new Item(run, run.Start)));
        var behind = fresh.Where(run => run.StoredLength > 0 && !TryPlace(run, placed.Count)).ToList();
        var most = (placed.Sum(item => item.Length) + behind.Sum(run => run.StoredLength)) / GapShare;
        while (GapBytes > most && placed[^1] is { Run.IsKept: true } last && TryPlace(last.Run, placed.Count - 1))
            placed.RemoveAt(placed.Count - 1);
        for (var index = placed.Count - 1; index >= 0 && GapBytes > most; index--)
            Close(index);
        foreach (var run in behind)
            placed.Add(new Item(run, End));
    }

    /// <summary>The byte behind the last run.</summary>
    public long End => placed.Count == 0 ? start : placed[^1].End;

    /// <summary>Bytes between runs that belong to none.</summary>
    public long GapBytes => End - start - placed.Sum(item => item.Length);

    /// <summary>All runs in their order in the image, and where each begins.</summary>
    public IEnumerable<(IStored Run, long At)> Runs => placed.Select(item => (item.Run, item.At));

    /// <summary>Puts a run into the first gap before an item that is long enough.</summary>
    private bool TryPlace(IStored run, int before)
    {
        var (at, length) = (start, run.StoredLength);
        for (var index = 0; index < before; index++)
        {
            if (placed[index].At - at >= length)
            {
                placed.Insert(index, new Item(run, at));
                return true;
            }
            at = placed[index].End;
        }
        return false;
    }

    /// <summary>Moves an item and all behind it to the end of the one before.</summary>
    private void Close(int index)
    {
        var gap = placed[index].At - (index == 0 ? start : placed[index - 1].End);
        foreach (var item in placed.Skip(index))
            item.At -= gap;
    }
}
