using System.Buffers.Binary;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>A table of records of one size, whose blocks are found by an array of 64-bit positions: fragments, inodes by number, ids, sets of attributes.</summary>
/// <param name="Table">The records.</param>
/// <param name="IndexStart">Where the array begins in the image.</param>
/// <param name="Count">Number of records.</param>
/// <param name="RecordSize">Bytes of each.</param>
internal sealed record IndexedTable(MetadataTable Table, long IndexStart, uint Count, int RecordSize)
{
    /// <summary>The byte behind the array.</summary>
    public long IndexEnd => IndexStart + (Table.Blocks.Count * sizeof(ulong));

    /// <summary>The fields of a record. The index must be below <see cref="Count"/>.</summary>
    public TableCursor Record(uint index) => new(Table.Bytes, checked((int)index * RecordSize));

    /// <summary>Reads the array and the blocks, which must follow one another up to the array (the kernel checks this since 5.11).</summary>
    /// <param name="reader">The image.</param>
    /// <param name="budget">Pays for it.</param>
    /// <param name="name">The table's name in errors.</param>
    /// <param name="indexStart">Where the array begins.</param>
    /// <param name="count">Number of records, from the superblock or a header: not yet trusted.</param>
    /// <param name="recordSize">Bytes of each.</param>
    /// <param name="blocksEnd">Where the blocks end, when that is not where the array begins.</param>
    /// <exception cref="ImageException">IB2122: the array is wrong; IB2123: a block is damaged; IB2128: too large.</exception>
    public static IndexedTable Load(BlockReader reader, MemoryBudget budget, string name, long indexStart, uint count, int recordSize, long? blocksEnd = null)
    {
        var tableEnd = blocksEnd ?? indexStart;
        var blocks = MetadataBlock.CountFor((long)count * recordSize);
        if (blocks == 0)
            return new IndexedTable(MetadataTable.Empty(name, tableEnd), indexStart, 0, recordSize);
        if (blocks * sizeof(ulong) > reader.End - indexStart)
            throw SquashFsError.Corrupt(SquashFsError.Table, indexStart, $"the {name} for {count} entries needs an index of {blocks * sizeof(ulong)} bytes, which passes the image's end at byte {reader.End}");
        budget.Charge(blocks * sizeof(ulong), indexStart, $"the index of the {name}");
        var index = new byte[blocks * sizeof(ulong)];
        reader.Read(indexStart, index, $"the index of the {name}");
        var previous = -1L;
        for (var i = 0; i < blocks; i++)
        {
            var at = Entry(index, i);
            // The first block may be anywhere before; each of the others right behind the one before it.
            if (at < (ulong)reader.DataEnd || at >= (ulong)tableEnd || (i > 0 && ((long)at <= previous || (long)at - previous > MetadataBlock.HeaderSize + MetadataBlock.Size)))
                throw SquashFsError.Corrupt(SquashFsError.Table, indexStart + (i * sizeof(ulong)), $"the index of the {name} says that block {i} is at byte {at}, which is not possible");
            previous = (long)at;
        }
        var table = MetadataTable.Load(reader, budget, name, (long)Entry(index, 0), tableEnd);
        if (table.Blocks.Count != blocks || table.Length != (long)count * recordSize)
            throw SquashFsError.Corrupt(SquashFsError.Table, table.Start, $"the {name} has {table.Blocks.Count} blocks with {table.Length} bytes; {count} entries need {blocks} blocks with {(long)count * recordSize} bytes");
        for (var i = 0; i < blocks; i++)
            if ((ulong)table.Blocks[i].At != Entry(index, i))
                throw SquashFsError.Corrupt(SquashFsError.Table, indexStart + (i * sizeof(ulong)), $"the index of the {name} says that block {i} is at byte {Entry(index, i)}; it is at {table.Blocks[i].At}");
        return new IndexedTable(table, indexStart, count, recordSize);
    }

    private static ulong Entry(byte[] index, int i) => BinaryPrimitives.ReadUInt64LittleEndian(index.AsSpan(i * sizeof(ulong)));
}
