using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>An entry of a directory as it stands in the listing.</summary>
/// <param name="Position">Where it begins in the directory table's bytes.</param>
/// <param name="Name">Its name.</param>
/// <param name="Reference">Where its inode is.</param>
/// <param name="Number">The number that the inode must have.</param>
/// <param name="Kind">The kind of file that the inode must be.</param>
internal readonly record struct ListedEntry(int Position, EntryName Name, MetadataReference Reference, uint Number, NodeKind Kind);

/// <summary>Reads directory listings (kernel: struct squashfs_dir_header, squashfs_dir_entry).</summary>
internal sealed class DirectoryReader(MetadataTable table)
{
    private const int MaxRun = 256;
    private const int HeaderSize = 3 * sizeof(uint);

    /// <summary>The entries of a directory, as they are listed.</summary>
    /// <param name="directory">Its inode.</param>
    /// <param name="most">The most entries that are allowed.</param>
    /// <exception cref="ImageException">IB2125: the listing is damaged; IB2128: more entries than allowed.</exception>
    public List<ListedEntry> Read(in InodeRecord directory, int most)
    {
        var entries = new List<ListedEntry>();
        if (directory.Length == 0)
            return entries; // wherever it may be: some writers name the table's end
        var position = table.Find(directory.Listing);
        if (position < 0 || directory.Length > table.Length - position)
            throw SquashFsError.Corrupt(SquashFsError.Directory, table.Start + directory.Listing.Block,
                $"a listing of {directory.Length} bytes is said to begin in a metadata block here, at byte {directory.Listing.Offset} of it; the directory table does not hold it");
        var record = new TableCursor(table.Bytes[..(position + (int)directory.Length)], position);
        while (record.Remaining > 0)
        {
            var header = record.Position;
            var (count, block, number) = (record.U32() + 1L, record.U32(), record.U32());
            if (record.PastEnd || count > MaxRun)
                throw Corrupt(header, record.PastEnd ? $"{directory.Length} bytes of a listing end inside a header of {HeaderSize}" : $"a header for {count} entries; 1 to {MaxRun} are possible");
            if (count > most - entries.Count)
                throw SquashFsError.TooMuch(table.Start, $"there are more names than allowed; here {most} more would be");
            for (; count > 0; count--)
                entries.Add(Entry(ref record, block, number));
        }
        return entries;
    }

    private ListedEntry Entry(ref TableCursor record, uint block, uint number)
    {
        var position = record.Position;
        var (offset, delta, type, length) = (record.U16(), (short)record.U16(), record.U16(), record.U16() + 1);
        var name = record.Bytes(length);
        if (record.PastEnd)
            throw Corrupt(position, "an entry passes the end of its listing");
        if (InodeTypes.KindOf(type) is not { } kind)
            throw Corrupt(position, $"an entry of type {type}, which SquashFS does not have");
        try
        {
            return new ListedEntry(position, EntryName.From(name), new MetadataReference(block, offset), unchecked((uint)(number + delta)), kind);
        }
        catch (ImageException error) when (error.Id == "IB2001")
        {
            throw Corrupt(position, error.Message);
        }
    }

    private ImageException Corrupt(int position, string what) => table.Corrupt(SquashFsError.Directory, position, what);
}
