using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.TestSupport;

/// <summary>
/// The writes of a machine to a disk, in order, as QEMU's blklogwrites driver and the kernel's dm-log-writes record them (kernel,
/// Documentation/admin-guide/device-mapper/log-writes.rst): a super block, then for each write a sector that describes it and its data.
/// </summary>
public sealed partial class BlockLog
{
    private const ulong Magic = 0x6a736677736872;
    private const int Torn = 512;
    private readonly string path;

    private BlockLog(string path, IReadOnlyList<BlockLogEntry> entries) => (this.path, Entries) = (path, entries);

    /// <summary>What was recorded.</summary>
    public IReadOnlyList<BlockLogEntry> Entries { get; }

    /// <summary>Reads the descriptions of a log.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static BlockLog Read(string path)
    {
        using var log = File.OpenHandle(path);
        Span<byte> super = stackalloc byte[28];
        RandomAccess.Read(log, super, 0);
        if (BinaryPrimitives.ReadUInt64LittleEndian(super) != Magic || BinaryPrimitives.ReadUInt64LittleEndian(super[8..]) != 1)
            throw new InvalidDataException($"{path} is no log of writes");
        var count = BinaryPrimitives.ReadUInt64LittleEndian(super[16..]);
        long sector = BinaryPrimitives.ReadUInt32LittleEndian(super[24..]);
        var entries = new List<BlockLogEntry>();
        Span<byte> entry = stackalloc byte[32];
        for (var at = sector; (ulong)entries.Count < count;)
        {
            if (RandomAccess.Read(log, entry, at) < entry.Length)
                throw new InvalidDataException($"{path} ends before its {count} writes");
            var length = (long)BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]) * sector;
            var flags = (BlockLogFlags)BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]);
            entries.Add(new BlockLogEntry((long)BinaryPrimitives.ReadUInt64LittleEndian(entry) * sector, length, flags, at + sector));
            at += sector + (flags.HasFlag(BlockLogFlags.Discard) ? 0 : length) + (flags.HasFlag(BlockLogFlags.Mark) ? (long)BinaryPrimitives.ReadUInt64LittleEndian(entry[24..]) : 0);
        }
        return new BlockLog(path, entries);
    }

    /// <summary>
    /// What may be on the disk after a power cut: everything up to a write; the same without one of the writes that no flush has followed; the same
    /// with the last one torn after its first sector.
    /// </summary>
    public IEnumerable<BlockLogCut> Cuts()
    {
        for (var end = 0; end <= Entries.Count; end++)
        {
            int[] all = [.. Enumerable.Range(0, end).Where(i => Entries[i].Length > 0)];
            yield return new BlockLogCut($"after {end} entries", all, null);
            var flush = Entries.Take(end).ToList().FindLastIndex(entry => entry.Flags.HasFlag(BlockLogFlags.Flush));
            foreach (var open in all.Where(i => i > flush && !Entries[i].Flags.HasFlag(BlockLogFlags.Fua)))
                yield return new BlockLogCut($"after {end} entries, without {open}", [.. all.Where(i => i != open)], null);
            if (end > 0 && Entries[end - 1].Length > Torn)
                yield return new BlockLogCut($"after {end} entries, the last torn", all, Torn);
        }
    }

    /// <summary>Writes to a copy of the disk as it was in the beginning what a cut leaves.</summary>
    public void Replay(BlockLogCut cut, SafeFileHandle disk)
    {
        using var log = File.OpenHandle(path);
        foreach (var index in cut.Writes)
        {
            var entry = Entries[index];
            var bytes = new byte[index == cut.Writes[^1] && cut.LastLength is { } torn ? torn : entry.Length];
            if (!entry.Flags.HasFlag(BlockLogFlags.Discard))
                RandomAccess.Read(log, bytes, entry.DataAt);
            RandomAccess.Write(disk, bytes, entry.Offset);
        }
    }
}

/// <summary>One recorded write.</summary>
/// <param name="Offset">Byte of the disk.</param>
/// <param name="Length">In bytes; 0 for a flush alone.</param>
/// <param name="Flags">What it was besides.</param>
/// <param name="DataAt">Byte of the log where its data begins.</param>
public sealed record BlockLogEntry(long Offset, long Length, BlockLogFlags Flags, long DataAt);

/// <summary>The kernel's flags of a recorded write.</summary>
[Flags]
public enum BlockLogFlags
{
    None = 0,
    Flush = 1,
    Fua = 2,
    Discard = 4,
    Mark = 8,
}

/// <summary>A state that a power cut may leave.</summary>
/// <param name="What">In words.</param>
/// <param name="Writes">The writes that are on the disk, by number, in order.</param>
/// <param name="LastLength">Bytes of the last one that got there; null for all.</param>
public sealed record BlockLogCut(string What, IReadOnlyList<int> Writes, int? LastLength);
