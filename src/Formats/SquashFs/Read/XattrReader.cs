using System.Text;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>Reads sets of extended attributes (kernel: struct squashfs_xattr_*). Each set and each value out of line is read once.</summary>
/// <param name="table">The lists.</param>
/// <param name="ids">Where the lists begin.</param>
/// <param name="budget">Pays for what is read.</param>
internal sealed class XattrReader(MetadataTable table, IndexedTable ids, MemoryBudget budget)
{
    private const int AttributeCost = 128; // objects and tree nodes, roughly
    private const int ReferenceLength = sizeof(ulong);
    private readonly Dictionary<uint, (string Name, byte[] Value)[]> sets = [];
    private readonly Dictionary<MetadataReference, byte[]> values = [];

    /// <summary>The attributes of a set; the index must be below the number of sets. Values are shared between sets.</summary>
    /// <exception cref="ImageException">IB2127: the list is damaged; IB2121: a name space unknown here; IB2128: too much memory.</exception>
    public (string Name, byte[] Value)[] Read(uint index)
    {
        if (!sets.TryGetValue(index, out var set))
            sets[index] = set = ReadSet(index);
        budget.Charge((long)set.Length * AttributeCost, table.Start, "the extended attributes of an inode");
        return set;
    }

    private (string Name, byte[] Value)[] ReadSet(uint index)
    {
        var id = ids.Record(index);
        var (reference, count) = (MetadataReference.From(id.U64()), id.U32());
        if (count == 0)
            return [];
        var position = table.Find(reference);
        if (position < 0)
            throw SquashFsError.Corrupt(SquashFsError.Xattr, table.Start + reference.Block, $"set {index} of extended attributes is said to be in a metadata block here, at byte {reference.Offset} of it, where there is none");
        const int shortest = sizeof(ushort) + sizeof(ushort) + 1 + sizeof(uint);
        if (count > (table.Length - position) / shortest)
            throw Corrupt(position, $"set {index} of extended attributes has {count} entries, more than the table can hold");
        budget.Charge((long)count * AttributeCost, table.Start, "a set of extended attributes");
        var set = new (string Name, byte[] Value)[count];
        var names = new HashSet<string>(StringComparer.Ordinal);
        var record = new TableCursor(table.Bytes, position);
        for (var i = 0; i < set.Length; i++)
        {
            set[i] = Entry(ref record);
            if (!names.Add(set[i].Name))
                throw Corrupt(position, $"set {index} of extended attributes has '{set[i].Name}' twice");
        }
        return set;
    }

    private (string Name, byte[] Value) Entry(ref TableCursor record)
    {
        var position = record.Position;
        var (type, length) = (record.U16(), record.U16());
        var suffix = record.Bytes(length);
        var prefixes = XattrTable.Prefixes;
        var space = type & ~XattrTable.OutOfLine;
        if (record.PastEnd || length == 0 || suffix.Contains((byte)0))
            throw Corrupt(position, $"an extended attribute whose name has {length} bytes{(record.PastEnd ? " and passes the end of the table" : "")}");
        if (space >= prefixes.Length)
        {
            var place = Corrupt(position, $"an extended attribute of name space {space}; {string.Join(", ", prefixes)} are read here");
            throw new ImageException(ImageErrorKind.Unsupported, SquashFsError.Unsupported, place.Message) { Offset = place.Offset };
        }
        if (prefixes[space].Length + length > XattrTable.MaxNameLength)
            throw Corrupt(position, $"an extended attribute whose name has {prefixes[space].Length + length} bytes; Linux has at most {XattrTable.MaxNameLength}");
        budget.Charge(2L * length, table.Start, "the name of an extended attribute");
        var name = prefixes[space] + Encoding.UTF8.GetString(suffix);
        if ((type & XattrTable.OutOfLine) == 0)
            return (name, Value(ref record, position));
        var size = record.U32();
        var reference = MetadataReference.From(record.U64());
        if (record.PastEnd || size != ReferenceLength)
            throw Corrupt(position, $"a reference to a value has {size} bytes, expected {ReferenceLength}");
        if (!values.TryGetValue(reference, out var value))
        {
            var at = table.Find(reference);
            if (at < 0)
                throw Corrupt(position, $"a value is said to be at byte {reference.Offset} of a metadata block at byte {table.Start + reference.Block}, where there is none");
            var there = new TableCursor(table.Bytes, at);
            values[reference] = value = Value(ref there, at);
        }
        return (name, value);
    }

    private byte[] Value(ref TableCursor record, int position)
    {
        var length = record.U32();
        var value = record.Bytes(length);
        if (record.PastEnd || length > XattrTable.MaxValueLength)
            throw Corrupt(position, $"the value of an extended attribute has {length} bytes; {XattrTable.MaxValueLength} are possible, and it must end inside the table");
        budget.Charge(length + AttributeCost, table.Start, "the value of an extended attribute");
        return value.ToArray();
    }

    private ImageException Corrupt(int position, string what) => table.Corrupt(SquashFsError.Xattr, position, what);
}
