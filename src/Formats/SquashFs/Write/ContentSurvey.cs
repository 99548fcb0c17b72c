using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// Reads contents before anything is compressed: finds those that are equal and, where a cache is asked later, what each block is called there, so that a block that it
/// knows is not read again.
/// </summary>
internal sealed class ContentSurvey
{
    private const int Step = 32; // blocks that a thread takes at once: neighbours lie together on a disk

    private readonly IReadOnlyList<Content> contents;
    private readonly ContentDigests?[] digests;
    private readonly int blockSize;

    /// <param name="contents">All contents, none of them empty.</param>
    /// <param name="options">Block size and number of threads.</param>
    /// <param name="all">Read all of them, for the cache; else only those that may be equal to others.</param>
    /// <param name="cancel">Stops between two blocks.</param>
    public ContentSurvey(IReadOnlyList<Content> contents, SquashFsOptions options, bool all, CancellationToken cancel)
    {
        (this.contents, blockSize) = (contents, options.BlockSize);
        digests = new ContentDigests?[contents.Count];
        var ofLength = new Dictionary<long, int>();
        foreach (var content in contents)
            ofLength[content.Length] = ofLength.GetValueOrDefault(content.Length) + 1;
        for (var i = 0; i < contents.Count; i++)
            if (all || ofLength[contents[i].Length] > 1)
                digests[i] = new ContentDigests(contents[i].Length, blockSize);
        Read(options.Jobs, cancel);
        FirstEqual = FindFirstEqual();
    }

    /// <summary>For each content the index of the first one that is equal: its own where it is the first.</summary>
    public int[] FirstEqual { get; }

    /// <summary>A content's digests; null when it was not read.</summary>
    public ContentDigests? DigestsOf(int content) => digests[content];

    private void Read(int jobs, CancellationToken cancel)
    {
        var blocks = Blocks();
        var taken = 0;
        Workers.Run(jobs, "digests", stop =>
        {
            var buffer = new byte[blockSize];
            for (int first; (first = Interlocked.Add(ref taken, Step) - Step) < blocks.Length;)
                for (var i = first; i < Math.Min(first + Step, blocks.Length); i++)
                {
                    stop.ThrowIfCancellationRequested();
                    var (content, block) = ((int)(blocks[i] >> 32), (int)(uint)blocks[i]);
                    digests[content]!.Read(contents[content], block, buffer);
                }
        }, cancel);
    }

    /// <summary>All blocks to read: the content's index, and in the lower half the block's.</summary>
    private long[] Blocks()
    {
        var count = 0L;
        for (var i = 0; i < digests.Length; i++)
            count += digests[i]?.Count ?? 0;
        var blocks = new long[count];
        var next = 0;
        for (var i = 0; i < digests.Length; i++)
            for (var block = 0; block < digests[i]?.Count; block++)
                blocks[next++] = ((long)i << 32) | (uint)block;
        return blocks;
    }

    private int[] FindFirstEqual()
    {
        var first = new int[digests.Length];
        var known = new Dictionary<ContentDigests, int>(digests.Length);
        for (var i = 0; i < first.Length; i++)
            first[i] = digests[i] is { } own && !known.TryAdd(own, i) ? known[own] : i;
        return first;
    }
}
