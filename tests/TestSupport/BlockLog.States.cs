using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.TestSupport;

public sealed partial class BlockLog
{
    private const int MissingNear = 3; // of the writes behind one that is missing, how many are missing with it in turn

    /// <summary>
    /// Distinct states of the disk that a power cut during the recording may have left: from one flush to the next all writes up to each of them,
    /// all but one, all but two that are near each other, one alone, and the last one torn after its first sector. What a flush has followed is on the disk in all later states.
    /// </summary>
    /// <param name="image">The disk as it was when the recording began; stays the caller's, open while states are used.</param>
    /// <param name="length">Bytes of the disk.</param>
    /// <returns>States one after the other; each is valid until the next is asked for.</returns>
    public IEnumerable<BlockLogState> States(SafeFileHandle image, long length)
    {
        var seen = new HashSet<UInt128>();
        var durable = new LoggedDisk(image, length);
        using var log = File.OpenHandle(path);
        for (int begin = 0, end; begin <= Entries.Count; begin = end)
        {
            end = begin + 1;
            while (end < Entries.Count && !Entries[end].Flags.HasFlag(BlockLogFlags.Flush))
                end++;
            int[] open = [.. Enumerable.Range(begin, Math.Min(end, Entries.Count) - begin).Where(i => Entries[i].Length > 0)];
            foreach (var state in Open(durable, log, begin, open))
                if (seen.Add(state.Disk.Digest))
                    yield return state;
            foreach (var write in open)
                Apply(log, durable, Entries[write]);
        }
    }

    /// <summary>The disk after everything that was recorded.</summary>
    /// <inheritdoc cref="States"/>
    public LoggedDisk End(SafeFileHandle image, long length)
    {
        var disk = new LoggedDisk(image, length);
        using var log = File.OpenHandle(path);
        foreach (var entry in Entries)
            Apply(log, disk, entry);
        return disk;
    }

    // A write with Fua is on the disk when it has ended, and cannot be the one that is missing when a later one is there.
    private IEnumerable<BlockLogState> Open(LoggedDisk durable, SafeFileHandle log, int begin, int[] open)
    {
        yield return new BlockLogState($"flushed before entry {begin}", begin, durable.Fork());
        var all = durable.Fork();
        for (var last = 0; last < open.Length; last++)
        {
            if (Entries[open[last]] is { Length: > Torn } entry)
            {
                var torn = all.Fork();
                Apply(log, torn, entry with { Length = Torn });
                yield return new BlockLogState($"up to entry {open[last]}, which is torn", begin, torn);
            }
            Apply(log, all, Entries[open[last]]);
            yield return new BlockLogState($"up to entry {open[last]}", begin, all.Fork());
        }
        for (var one = 0; one < open.Length; one++)
        {
            var alone = durable.Fork();
            Apply(log, alone, Entries[open[one]]);
            if (!open[..one].Any(i => Entries[i].Flags.HasFlag(BlockLogFlags.Fua)))
                yield return new BlockLogState($"flushed before entry {begin}, and entry {open[one]} alone", begin, alone);
            // One is missing, or it and one of the next.
            int[][] missing = [[open[one]], .. open[(one + 1)..].Take(MissingNear).Select(other => (int[])[open[one], other])];
            foreach (var entries in missing.Where(entries => !entries.Any(i => Entries[i].Flags.HasFlag(BlockLogFlags.Fua))))
                yield return new BlockLogState($"up to entry {open[^1]} without {string.Join(" and ", entries)}", begin, Without(durable, all, log, open, entries));
        }
    }

    private LoggedDisk Without(LoggedDisk durable, LoggedDisk all, SafeFileHandle log, int[] open, int[] missing)
    {
        var without = all.Fork();
        foreach (var entry in missing.Select(i => Entries[i]))
        {
            var before = new byte[entry.Length];
            durable.Read(entry.Offset, before);
            without.Write(entry.Offset, before);
        }
        foreach (var other in open.Where(other => !missing.Contains(other) && missing.Any(i => Entries[other].Offset < Entries[i].Offset + Entries[i].Length && Entries[i].Offset < Entries[other].Offset + Entries[other].Length)))
            Apply(log, without, Entries[other]);
        return without;
    }

    private static void Apply(SafeFileHandle log, LoggedDisk disk, BlockLogEntry entry)
    {
        var bytes = new byte[entry.Length];
        if (!entry.Flags.HasFlag(BlockLogFlags.Discard))
            RandomAccess.Read(log, bytes, entry.DataAt);
        disk.Write(entry.Offset, bytes);
    }
}

/// <summary>A state of a recorded disk after a power cut.</summary>
/// <param name="What">In words, with numbers of the log's entries.</param>
/// <param name="Durable">Number of entries that are on the disk in any case.</param>
/// <param name="Disk">The disk.</param>
public sealed record BlockLogState(string What, int Durable, LoggedDisk Disk);
