using System.Collections.Concurrent;
using ImageBuilder.Formats.Compression;

namespace ImageBuilder.Pipeline.Caching;

/// <summary>
/// Compressed blocks of earlier builds, in a folder that several builds use at once. Each build appends to a segment of its own and reads those that
/// it found at its start; nothing is ever overwritten, so nobody waits for anybody. A record that is cut short or damaged is noticed when it is read, and its
/// block is compressed again. Segments that no build has used for longest go first when the folder grows past its limit. FORMAT.md has the layout.
/// </summary>
public sealed class BlockStore : IBlockCache, IDisposable
{
    /// <summary>Bytes that the folder keeps, unless something else is said.</summary>
    public const long UsualLimit = 4L << 30;

    private const int MostSegments = 32;
    private const int SmallSegment = 16 << 20;

    private readonly string folder;
    private readonly long limit;
    private readonly Action<string>? warn;
    private readonly List<BlockSegment> segments = [];
    private readonly Dictionary<BlockKey, BlockPlace> known = [];
    private readonly ConcurrentDictionary<BlockKey, bool> added = new();
    private readonly Lock gate = new();
    private Task loading = Task.CompletedTask;
    private BlockSegment? own;
    private bool full;
    private long found;
    private long asked;

    private BlockStore(string folder, long limit, Action<string>? warn) => (this.folder, this.limit, this.warn) = (folder, limit, warn);

    /// <summary>What was asked for and found so far.</summary>
    public BlockCounts Counts => new(Interlocked.Read(ref found), Interlocked.Read(ref asked));

    /// <summary>
    /// Opens the store below a cache folder, which is made when it is missing; null, after a warning, when it cannot be used: a build goes on without.
    /// </summary>
    /// <param name="cacheFolder">The cache folder of all kinds of things.</param>
    /// <param name="warn">Told what does not work, once.</param>
    /// <param name="limit">Bytes to keep; older segments are deleted.</param>
    public static BlockStore? TryOpen(string cacheFolder, Action<string>? warn, long limit = UsualLimit)
    {
        var store = new BlockStore(FolderIn(cacheFolder), limit, warn);
        try
        {
            Directory.CreateDirectory(store.folder);
            foreach (var path in Directory.EnumerateFiles(store.folder, "*" + BlockSegment.Extension).Order(StringComparer.Ordinal))
                if (BlockSegment.TryOpen(path) is { } segment)
                    store.segments.Add(segment);
            store.loading = Task.Run(store.Load);
            return store;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            store.Close();
            warn?.Invoke($"the cache of blocks in {store.folder} cannot be used: {error.Message.TrimEnd('.')}; everything is compressed");
            return null;
        }
    }

    /// <summary>Deletes all segments of a cache folder and returns how many bytes that freed. Builds that use them go on.</summary>
    public static long Clear(string cacheFolder)
    {
        var folder = new DirectoryInfo(FolderIn(cacheFolder));
        if (!folder.Exists)
            return 0;
        var bytes = folder.EnumerateFiles().Sum(file => file.Length);
        folder.Delete(recursive: true);
        return bytes;
    }

    public int Read(ReadOnlySpan<byte> key, Span<byte> destination, bool isData = true)
    {
        if (isData)
            Interlocked.Increment(ref asked);
        loading.Wait();
        if (!known.TryGetValue(BlockKey.Of(key), out var place) || place.Length > destination.Length || !place.Segment.TryRead(place, key, destination))
            return IBlockCache.Unknown;
        if (isData)
            Interlocked.Increment(ref found);
        place.Segment.Used = true;
        return place.Length;
    }

    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> compressed)
    {
        if (full || !added.TryAdd(BlockKey.Of(key), true))
            return;
        try
        {
            lock (gate)
            {
                own ??= BlockSegment.Create(folder);
                own.Append(key, compressed);
                full = own.Length > limit / 2;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (!full)
                warn?.Invoke($"the cache of blocks in {folder} takes no more: {error.Message.TrimEnd('.')}; the build goes on without");
            full = true;
        }
    }

    /// <summary>Ends this build's segment and makes room.</summary>
    public void Dispose()
    {
        loading.Wait();
        try
        {
            foreach (var segment in segments.Where(segment => segment.Used))
                segment.Touch();
            Evict();
            Merge();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another build, or a person, deleted what was to be deleted: it is only a cache.
            warn?.Invoke($"the cache of blocks in {folder} could not be tidied: {error.Message.TrimEnd('.')}");
        }
        Close();
    }

    private void Close()
    {
        own?.Dispose();
        foreach (var segment in segments)
            segment.Dispose();
    }

    private static string FolderIn(string cacheFolder) => Path.Combine(cacheFolder, "blocks");

    // While a build reads what it packs. A segment that cannot be read has what was read of it.
    private void Load()
    {
        foreach (var segment in segments)
            try
            {
                foreach (var (key, place) in segment.Records())
                    known[key] = place; // of two the later: the earlier may have been damaged
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                warn?.Invoke($"a part of the cache of blocks cannot be read: {segment.Path}: {error.Message.TrimEnd('.')}");
            }
    }

    private void Evict()
    {
        var files = new DirectoryInfo(folder).EnumerateFiles("*" + BlockSegment.Extension).OrderByDescending(file => file.LastWriteTimeUtc).ToList();
        var total = 0L;
        foreach (var file in files)
            if ((total += file.Length) > limit)
                file.Delete();
    }

    // Every build that compressed something leaves a segment; small ones become one.
    private void Merge()
    {
        if (segments.Count < MostSegments)
            return;
        var small = segments.Where(segment => segment.Length < SmallSegment && File.Exists(segment.Path)).ToList();
        using var merged = BlockSegment.Create(folder);
        var buffer = new byte[BlockSegment.LongestBlock];
        Span<byte> key = stackalloc byte[IBlockCache.KeyLength];
        foreach (var (name, place) in small.SelectMany(segment => segment.Records()))
        {
            name.CopyTo(key);
            if (place.Segment.TryRead(place, key, buffer))
                merged.Append(key, buffer.AsSpan(0, place.Length));
        }
        foreach (var segment in small)
            File.Delete(segment.Path);
    }
}
