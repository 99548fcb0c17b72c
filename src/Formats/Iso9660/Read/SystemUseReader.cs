namespace ImageBuilder.Formats.Iso9660;

/// <summary>One entry of a system use area (SUSP 4.1): two letters, length, version, data.</summary>
/// <param name="Offset">Where the entry lies in the image.</param>
/// <param name="Signature">The two letters.</param>
/// <param name="Bytes">The whole entry with its four bytes of header.</param>
internal readonly record struct SystemUseEntry(long Offset, string Signature, byte[] Bytes);

/// <summary>Reads system use areas with their continuations (SUSP 1.12).</summary>
/// <param name="image">The whole image.</param>
/// <param name="origin">The byte that the volume's blocks are counted from.</param>
internal sealed class SystemUseReader(Trees.Content image, long origin)
{
    private const int HeaderSize = 4;
    private const int ContinuationSize = 28;
    private const int MaxContinuations = 64;
    private const int MaxContinuationBytes = 64 << 10;
    private int rootSkip;

    /// <summary>Continuation areas that were read, for <see cref="IsoVolume.Locate"/>: offset and length in bytes.</summary>
    public List<(long Offset, long Length)> Areas { get; } = [];

    /// <summary>Bytes to pass over at the start of every area but the root's own (SUSP 5.3, LEN_SKP); null when the volume has no SUSP at all.</summary>
    public int? Skip { get; private set; }

    /// <summary>Looks for SP in the root directory's own record: it alone says that the volume uses SUSP.</summary>
    public void Detect(RawDirectoryRecord root)
    {
        // Some writers put 15 bytes of CD-ROM XA before it; SP itself then counts them.
        foreach (var at in (int[])[0, 15])
            if (root.SystemUse.AsSpan(Math.Min(at, root.SystemUse.Length)) is [(byte)'S', (byte)'P', 7, 1, 0xBE, 0xEF, var skip, ..])
            {
                Skip = skip;
                rootSkip = at;
                return;
            }
    }

    /// <summary>The entries of a record, through its continuation areas.</summary>
    /// <exception cref="ImageException">IB2417: an entry is damaged; IB2418: continuations go in a circle; IB2416: one lies outside the image.</exception>
    public List<SystemUseEntry> Entries(RawDirectoryRecord record, bool isRoot)
    {
        var entries = new List<SystemUseEntry>();
        if (Skip is not { } skip)
            return entries;
        skip = Math.Min(isRoot ? rootSkip : skip, record.SystemUse.Length);
        var (area, at) = (record.SystemUse[skip..], record.SystemUseOffset + skip);
        var seen = new HashSet<long>();
        var total = 0;
        while (true)
        {
            if (Take(area, at, entries) is not { } next)
                return entries;
            total += next.Length;
            if (!seen.Add(next.Offset) || seen.Count > MaxContinuations || total > MaxContinuationBytes)
                throw IsoError.Corrupt(IsoError.Continuation, next.From, $"the continuation areas (CE) of a directory record go in a circle, or have more than {MaxContinuationBytes} bytes");
            if (next.Offset > image.Length - next.Length)
                throw IsoError.Corrupt(IsoError.Outside, next.From, $"a continuation area of {next.Length} bytes at byte {next.Offset} passes the end of the image");
            area = new byte[next.Length];
            at = next.Offset;
            image.Read(at, area);
            Areas.Add((at, area.Length));
        }
    }

    /// <summary>Adds an area's entries; returns where the next area is, if any.</summary>
    private (long Offset, int Length, long From)? Take(byte[] area, long at, List<SystemUseEntry> entries)
    {
        (long, int, long)? next = null;
        for (var position = 0; area.Length - position >= HeaderSize && area[position] != 0;)
        {
            var offset = at + position;
            int size = area[position + 2];
            if (size < HeaderSize || size > area.Length - position)
                throw IsoError.Corrupt(IsoError.SystemUse, offset, $"a system use entry has {size} bytes where {HeaderSize} to {area.Length - position} are possible");
            var bytes = area.AsSpan(position, size);
            position += size;
            if (bytes.StartsWith("ST"u8))
                break;
            if (!bytes.StartsWith("CE"u8))
            {
                entries.Add(new SystemUseEntry(offset, $"{(char)bytes[0]}{(char)bytes[1]}", bytes.ToArray()));
                continue;
            }
            if (size < ContinuationSize || next is not null)
                throw IsoError.Corrupt(IsoError.SystemUse, offset, size < ContinuationSize ? $"a CE entry has {size} bytes; expected {ContinuationSize}" : "an area has two CE entries");
            var entry = new RecordReader(bytes);
            entry.Skip(HeaderSize);
            var block = IsoError.Both32(ref entry, offset, "continuation's block");
            var inBlock = IsoError.Both32(ref entry, offset, "continuation's offset");
            var length = IsoError.Both32(ref entry, offset, "continuation's length");
            if (length > MaxContinuationBytes)
                throw IsoError.Corrupt(IsoError.Continuation, offset, $"a continuation area of {length} bytes; at most {MaxContinuationBytes} are read");
            next = (origin + new Block(block).Offset + inBlock, (int)length, offset);
        }
        return next;
    }
}
