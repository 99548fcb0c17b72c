namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// Writes directory listings: runs of entries, each behind a header that holds what the run has in common. A run ends after 256 entries,
/// where the inodes' metadata block changes, where the distance of inode numbers no longer fits, and at the end of a metadata
/// block of the listing, so that every block begins close to a header.
/// </summary>
internal sealed class DirectoryTable(MetadataWriter table)
{
    private const int MaxRun = 256;
    private const int HeaderSize = 3 * sizeof(uint);
    private const int EntrySize = 4 * sizeof(ushort);

    private readonly RecordBuffer record = new();

    /// <summary>Writes the listing of a directory whose entries' inodes have been written.</summary>
    public DirectoryListing Write(List<DirectoryEntry> entries)
    {
        var start = table.Position;
        var startLength = table.UncompressedLength;
        var index = new List<DirectoryIndexEntry>();
        var indexedBlock = BlockOf(startLength);
        for (var first = 0; first < entries.Count;)
        {
            var header = table.UncompressedLength;
            if (BlockOf(header) != indexedBlock && index.Count < ushort.MaxValue)
            {
                indexedBlock = BlockOf(header);
                index.Add(new DirectoryIndexEntry((uint)(header - startLength), table.BlockStart(indexedBlock), entries[first].Name));
            }
            var count = RunLength(entries, first, header);
            WriteRun(entries, first, count);
            first += count;
        }
        var length = checked((uint)(table.UncompressedLength - startLength));
        return new DirectoryListing(start, length, length > MetadataBlock.Size ? index : []); // a short one is read whole
    }

    private static int BlockOf(long uncompressedOffset) => (int)(uncompressedOffset / MetadataBlock.Size);

    private static int RunLength(List<DirectoryEntry> entries, int first, long header)
    {
        var lead = entries[first].Inode;
        var end = header + HeaderSize;
        var count = 0;
        for (; count < MaxRun && first + count < entries.Count; count++)
        {
            var (name, inode) = entries[first + count];
            if (count > 0 && (inode.Reference.Block != lead.Reference.Block || (short)Delta(inode, lead) != Delta(inode, lead) || BlockOf(end) != BlockOf(header)))
                break;
            end += EntrySize + name.Bytes.Length;
        }
        return count;
    }

    /// <summary>Negative for a hard link whose inode another directory wrote earlier.</summary>
    private static long Delta(Inode inode, Inode lead) => (long)inode.Number - lead.Number;

    private void WriteRun(List<DirectoryEntry> entries, int first, int count)
    {
        var lead = entries[first].Inode;
        record.Clear();
        record.U32((uint)(count - 1));
        record.U32(lead.Reference.Block);
        record.U32(lead.Number);
        foreach (var (name, inode) in entries.Slice(first, count))
        {
            record.U16(inode.Reference.Offset);
            record.U16((ushort)(short)Delta(inode, lead));
            record.U16((ushort)InodeTypes.Basic(inode.Node.Kind));
            record.U16((ushort)(name.Bytes.Length - 1));
            record.Bytes(name.Bytes);
        }
        table.Write(record.Written);
    }
}
