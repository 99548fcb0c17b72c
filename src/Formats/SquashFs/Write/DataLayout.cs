namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// The order of all content in the image, decided before anything is read: first the files that have blocks of their own, in path order,
/// then fragments, in which files of one kind lie together (<see cref="TailOrder"/>), since they compress better together.
/// </summary>
internal sealed class DataLayout
{
    private const uint LandmarkDistance = 256; // files, on average

    /// <param name="inventory">The inodes; regular files get their <see cref="Inode.Data"/>.</param>
    /// <param name="survey">What is known of the contents of the inventory's files.</param>
    /// <param name="cancel">Stops the comparison with the previous image.</param>
    public DataLayout(Inventory inventory, ContentSurvey survey, SquashFsOptions options, CancellationToken cancel)
    {
        var sort = new SortOrder(options.Sort);
        var contents = new List<Place>();
        for (var i = 0; i < inventory.Files.Count; i++)
        {
            var first = survey.FirstEqual[i];
            var inode = inventory.Files[i];
            ContentBytes += inode.Node.Content.Length;
            if (first != i)
            {
                inode.Data = inventory.Files[first].Data;
                DuplicateFiles++;
                DuplicateBytes += inode.Node.Content.Length;
                continue;
            }
            inode.Data = new FileData(inode, options.BlockSize, options.PackTails) { Digests = survey.DigestsOf(i) };
            contents.Add(new Place(sort.Of(inode), i, inode.Data));
        }
        contents.Sort((a, b) => a.Rank.CompareTo(b.Rank) is not 0 and var rank ? rank : a.Path.CompareTo(b.Path));
        var old = options.Previous is { } image ? new PreviousImage(image, inventory, options, cancel).Fragments() : [];
        Files = [.. contents.Select(content => content.Data).Where(data => data.Blocks.Length > 0 && !data.IsKept)];

        var tails = contents.Where(content => content.Data.TailLength > 0 && content.Data.FragmentIndex == FileData.NoFragment).ToList();
        var order = new TailOrder(tails.OrderBy(tail => tail.Path).Select(tail => tail.Data));
        tails.Sort((a, b) => a.Rank.CompareTo(b.Rank) is not 0 and var rank ? rank
            : order.Compare(a.Data, b.Data) is not 0 and var kind ? kind
            : a.Path.CompareTo(b.Path));
        if (options.Previous is null)
            Fragments = Pack(tails.Select(tail => tail.Data), options.BlockSize);
        else
            Fragments = StableFragments.Arrange(old, [.. tails.Select(tail => tail.Data)], options.BlockSize, Pack);
        Kept = [.. contents.Select(content => content.Data).Where(data => data.IsKept), .. Fragments.Where(fragment => fragment.IsKept)];
    }

    // A class: what the framework's lists do with classes is compiled ahead of time.
    private sealed record Place(SortOrder.Rank Rank, int Path, FileData Data);

    /// <summary>Fragments filled one after the other.</summary>
    private static List<Fragment> Pack(IEnumerable<FileData> tails, int blockSize)
    {
        var fragments = new List<Fragment>();
        foreach (var data in tails)
        {
            if (fragments.Count == 0 || fragments[^1].Length + data.TailLength > blockSize || IsLandmark(data.First))
                fragments.Add(new Fragment());
            fragments[^1].Add(data, (uint)fragments.Count - 1);
        }
        return fragments;
    }

    /// <summary>Contents that have blocks, in their order in the image; not those that are kept.</summary>
    public IReadOnlyList<FileData> Files { get; }

    /// <summary>The fragments, behind all blocks of files.</summary>
    public List<Fragment> Fragments { get; }

    /// <summary>What is copied from the previous image.</summary>
    public IReadOnlyList<IStored> Kept { get; }

    /// <summary>Bytes of all files.</summary>
    public long ContentBytes { get; }

    /// <summary>Files whose content another file has too.</summary>
    public int DuplicateFiles { get; }

    /// <summary>Bytes of those.</summary>
    public long DuplicateBytes { get; }

    /// <summary>
    /// Whether a fragment begins with this file, whatever lies before it. A file that grows pushes those behind it from fragment to fragment, only up to
    /// the next landmark: all fragments after it stay as they were, and need not be compressed again. Told by the name, so that it is the same in every image.
    /// </summary>
    private static bool IsLandmark(Inode file)
    {
        // FNV-1a, 32 bits.
        var hash = 2166136261u;
        foreach (var b in file.Name.Bytes)
            hash = (hash ^ b) * 16777619u;
        return (hash ^ (hash >> 16)) % LandmarkDistance == 0;
    }
}
