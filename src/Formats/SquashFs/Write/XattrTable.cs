using System.Text;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// The extended attributes. Each different set of them is stored once: inodes hold an index into the id table, whose entries point to
/// lists of names and values. A large or repeated value is stored once and lists refer to it ("out of line").
/// </summary>
internal sealed class XattrTable
{
    /// <summary>The longest name, prefix included (XATTR_NAME_MAX).</summary>
    public const int MaxNameLength = 255;

    /// <summary>The longest value (XATTR_SIZE_MAX).</summary>
    public const int MaxValueLength = 64 << 10;

    /// <summary>The bit of an entry's type that says that its value is a reference.</summary>
    public const ushort OutOfLine = 0x100;

    private const int TargetListLength = 64 << 10;
    private const int InlineLimit = 128;          // longer values go out of line
    private const int ReferenceLength = sizeof(ulong);

    /// <summary>The name spaces that SquashFS knows, by their number on disk.</summary>
    public static string[] Prefixes { get; } = ["user.", "trusted.", "security."];

    private readonly Dictionary<byte[], uint> indexes = new(ByteArrayComparer.Instance);
    private readonly List<List<Xattr>> sets = [];
    private readonly SortedDictionary<string, (string Path, int Count)> unsupported = new(StringComparer.Ordinal);

    private readonly record struct Xattr(ushort Type, byte[] Name, byte[] Value)
    {
        public int EntryLength(bool outOfLine) =>
            sizeof(ushort) + sizeof(ushort) + Name.Length + sizeof(uint) + (outOfLine ? ReferenceLength : Value.Length);

        /// <summary>Bytes that listxattr(2) and getxattr(2) hand out: the full name, its NUL, and the value.</summary>
        public int ListedLength => Prefixes[Type].Length + Name.Length + 1 + Value.Length;
    }

    /// <summary>True when no inode has extended attributes.</summary>
    public bool IsEmpty => sets.Count == 0;

    /// <summary>What SquashFS cannot hold, each attribute with the first file that has it; null when there is nothing of the kind.</summary>
    public string? Warning => unsupported.Count == 0 ? null : "extended attributes that SquashFS cannot store are left out: "
        + string.Join("; ", unsupported.Select(entry => $"{entry.Key} of {entry.Value.Path}"
            + (entry.Value.Count > 1 ? $" and {entry.Value.Count - 1} more" : "")));

    /// <summary>The index of an inode's set of attributes; <see cref="Inode.NoXattrs"/> when none of them can be stored.</summary>
    /// <exception cref="ImageException">IB2115: a name or value is longer than Linux allows.</exception>
    public uint Add(Inode inode)
    {
        if (!inode.Node.HasXattrs)
            return Inode.NoXattrs;
        var set = new List<Xattr>();
        var key = new RecordBuffer();
        foreach (var (name, value) in inode.Node.Xattrs)
        {
            var type = Array.FindIndex(Prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal));
            if (type < 0)
            {
                unsupported[name] = unsupported.TryGetValue(name, out var seen) ? (seen.Path, seen.Count + 1) : (inode.Path, 1);
                continue;
            }
            var suffix = Encoding.UTF8.GetBytes(name[Prefixes[type].Length..]);
            if (suffix.Length == 0 || suffix.Length + Prefixes[type].Length > MaxNameLength || value.Length > MaxValueLength)
                throw new ImageException(ImageErrorKind.LimitExceeded, "IB2115",
                    $"{inode.Path}: the extended attribute '{name}' of {value.Length} bytes is not possible on Linux: names have at most {MaxNameLength} bytes, values {MaxValueLength}");
            set.Add(new Xattr((ushort)type, suffix, value));
            key.U16((ushort)type);
            key.U32((uint)suffix.Length);
            key.Bytes(suffix);
            key.U32((uint)value.Length);
            key.Bytes(value);
        }
        if (set.Count == 0)
            return Inode.NoXattrs;
        var bytes = key.Written.ToArray();
        if (!indexes.TryGetValue(bytes, out var index))
        {
            index = indexes[bytes] = (uint)sets.Count;
            sets.Add(set);
        }
        return index;
    }

    /// <summary>Appends the table to an image; returns the position that the superblock points to.</summary>
    /// <param name="image">The image; the table ends where it ends.</param>
    /// <param name="lists">An empty table for the lists of names and values.</param>
    /// <param name="ids">An empty table for the id table.</param>
    public long Write(Stream image, MetadataWriter lists, MetadataWriter ids)
    {
        var values = new Dictionary<byte[], MetadataReference>(ByteArrayComparer.Instance);
        var record = new RecordBuffer();
        foreach (var set in sets)
        {
            var limit = ValueLimit(set);
            foreach (var xattr in set.Where(xattr => xattr.Value.Length > limit && !values.ContainsKey(xattr.Value)))
                values.Add(xattr.Value, WriteValue(lists, record, xattr.Value));
            var start = lists.Position;
            foreach (var xattr in set)
                WriteEntry(lists, record, xattr, values);
            record.Clear();
            record.U64(start.Value);
            record.U32((uint)set.Count);
            record.U32((uint)set.Sum(xattr => xattr.ListedLength));
            ids.Write(record.Written);
        }
        var listsStart = image.Append(lists);
        var idsStart = image.Append(ids);
        var header = image.Position;
        record.Clear();
        record.U64((ulong)listsStart);
        record.U32((uint)sets.Count);
        record.U32(0); // unused
        image.Write(record.Written);
        ids.WriteIndex(image, idsStart);
        return header;
    }

    /// <summary>The longest value that stays in the list: 128 bytes, halved until the list is of a length that readers like.</summary>
    private static int ValueLimit(List<Xattr> set)
    {
        var limit = InlineLimit;
        while (limit > ReferenceLength && set.Sum(xattr => xattr.EntryLength(xattr.Value.Length > limit)) > TargetListLength)
            limit /= 2;
        return limit;
    }

    private static MetadataReference WriteValue(MetadataWriter lists, RecordBuffer record, byte[] value)
    {
        record.Clear();
        record.U32((uint)value.Length);
        record.Bytes(value);
        return lists.Write(record.Written);
    }

    private static void WriteEntry(MetadataWriter lists, RecordBuffer record, Xattr xattr, Dictionary<byte[], MetadataReference> values)
    {
        var outOfLine = values.TryGetValue(xattr.Value, out var place);
        record.Clear();
        record.U16((ushort)(xattr.Type | (outOfLine ? OutOfLine : 0)));
        record.U16((ushort)xattr.Name.Length);
        record.Bytes(xattr.Name);
        lists.Write(record.Written);
        if (!outOfLine)
        {
            place = WriteValue(lists, record, xattr.Value);
            if (xattr.Value.Length >= ReferenceLength)
                values.Add(xattr.Value, place);
            return;
        }
        record.Clear();
        record.U32(ReferenceLength);
        record.U64(place.Value);
        lists.Write(record.Written);
    }
}
