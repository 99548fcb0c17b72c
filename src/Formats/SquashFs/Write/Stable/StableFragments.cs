namespace ImageBuilder.Formats.SquashFs;

/// <summary>The fragments of an image that is to be like a previous one.</summary>
internal static class StableFragments
{
    /// <summary>
    /// Puts tails that the previous image does not have into fragments that are made again anyway, then into the emptiest one if it is half empty, then
    /// into new ones, which take the numbers of those that are gone.
    /// </summary>
    /// <param name="old">By number; null where nothing is left.</param>
    /// <param name="tails">Contents without a fragment.</param>
    /// <param name="blockSize">Bytes that one holds.</param>
    /// <param name="pack">Makes new ones.</param>
    public static List<Fragment> Arrange(List<Fragment?> old, IReadOnlyList<FileData> tails, int blockSize, Func<IEnumerable<FileData>, int, List<Fragment>> pack)
    {
        var open = old.OfType<Fragment>().Where(fragment => !fragment.IsKept).ToList();
        if (tails.Count > 0 && old.OfType<Fragment>().Where(fragment => fragment.IsKept && fragment.Length < blockSize / 2).OrderBy(fragment => fragment.Length).FirstOrDefault() is { } emptiest)
            open.Add(emptiest);
        var left = new List<FileData>();
        foreach (var tail in tails)
        {
            if (open.Find(fragment => fragment.Length + tail.TailLength <= blockSize) is not { } room)
            {
                left.Add(tail);
                continue;
            }
            room.Add(tail, room.Files[0].FragmentIndex);
            room.IsKept = false;
        }
        return Number([.. old], pack(left, blockSize));
    }

    /// <summary>All in one list without holes; where numbers are left over, the last fragments take them.</summary>
    private static List<Fragment> Number(List<Fragment?> numbered, List<Fragment> fresh)
    {
        var free = 0;
        foreach (var fragment in fresh)
        {
            while (free < numbered.Count && numbered[free] is not null)
                free++;
            if (free == numbered.Count)
                numbered.Add(null);
            fragment.MoveTo((uint)free);
            numbered[free] = fragment;
        }
        for (var index = 0; index < numbered.Count; index++)
        {
            while (numbered.Count > index && numbered[^1] is null)
                numbered.RemoveAt(numbered.Count - 1);
            if (index >= numbered.Count || numbered[index] is not null)
                continue;
            numbered[index] = numbered[^1];
            numbered[index]!.MoveTo((uint)index);
            numbered.RemoveAt(numbered.Count - 1);
        }
        return [.. numbered.Select(fragment => fragment!)];
    }
}
