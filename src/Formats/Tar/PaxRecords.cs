using System.Globalization;
using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tar;

/// <summary>The records of pax extended headers ("LENGTH KEY=VALUE\n", POSIX.1-2017 pax) that matter for a tree.</summary>
internal sealed class PaxRecords
{
    private const string XattrPrefix = "SCHILY.xattr.";
    private readonly Dictionary<string, byte[]> records = new(StringComparer.Ordinal);
    private readonly List<(long Offset, long Length)> sparseMap = [];
    private long sparseOffset;

    /// <summary>The records of global headers, which hold where the member itself sets nothing.</summary>
    public PaxRecords? Global { get; init; }

    /// <summary>GNU 'L' header: the next member's name.</summary>
    public byte[]? LongName { get; set; }

    /// <summary>GNU 'K' header: the next member's link target.</summary>
    public byte[]? LongLink { get; set; }

    public byte[]? Path => Find("path");

    public byte[]? LinkPath => Find("linkpath");

    public long? Size => Number("size");

    public long? Uid => Number("uid");

    public long? Gid => Number("gid");

    /// <summary>Whole seconds, rounded down.</summary>
    public long? ModifiedTime => Find("mtime") is { } text
        && decimal.TryParse(Encoding.ASCII.GetString(text), NumberStyles.Float, CultureInfo.InvariantCulture, out var time) && time is >= long.MinValue and <= long.MaxValue
            ? (long)Math.Floor(time) : null;

    /// <summary>GNU.sparse.major, 0 for the older formats that have only a map; null for ordinary files.</summary>
    public long? SparseMajor => Number("GNU.sparse.major") ?? (sparseMap.Count > 0 || records.ContainsKey("GNU.sparse.map") || records.ContainsKey("GNU.sparse.size") ? 0 : null);

    public long? SparseRealSize => Number("GNU.sparse.realsize") ?? Number("GNU.sparse.size");

    public byte[]? SparseName => Find("GNU.sparse.name");

    /// <summary>The map of the formats 0.0 (repeated records) and 0.1 (one list).</summary>
    public List<(long Offset, long Length)> SparseMap
    {
        get
        {
            if (!records.TryGetValue("GNU.sparse.map", out var list))
                return sparseMap;
            if (list.AsSpan().Count((byte)',') > 2 * TarReader.MaxSparseEntries)
                return [(-1, -1)];
            var numbers = Encoding.ASCII.GetString(list).Split(',');
            var map = new List<(long, long)>((numbers.Length + 1) / 2);
            for (var i = 0; i < numbers.Length; i += 2)
                map.Add(i + 1 < numbers.Length ? (NumberOf(numbers[i]), NumberOf(numbers[i + 1])) : (-1, -1));
            return map;
        }
    }

    /// <summary>Extended attributes, those of global headers first.</summary>
    // Loops, here and above: LINQ over pairs takes 0.15 MB of the device's agent, which reads repositories out of tars.
    public IEnumerable<(string Name, byte[] Value)> Xattrs
    {
        get
        {
            if (Global is not null)
                foreach (var inherited in Global.Xattrs)
                    yield return inherited;
            foreach (var (key, value) in records)
                if (key.StartsWith(XattrPrefix, StringComparison.Ordinal))
                    yield return (key[XattrPrefix.Length..], value);
        }
    }

    /// <summary>Parses the data of an 'x' or 'g' header.</summary>
    public void Add(ReadOnlySpan<byte> data, long at)
    {
        while (!data.IsEmpty && data[0] != 0)
        {
            var space = data.IndexOf((byte)' ');
            if (space <= 0 || !int.TryParse(data[..space], out var length) || length <= space + 1 || length > data.Length || data[length - 1] != '\n')
                throw new ImageException(ImageErrorKind.Corrupt, "IB2301", $"tar archive, byte {at}: an extended header's record has a wrong length");
            var record = data[(space + 1)..(length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals <= 0)
                throw new ImageException(ImageErrorKind.Corrupt, "IB2301", $"tar archive, byte {at}: an extended header's record has no '='");
            var key = Encoding.UTF8.GetString(record[..equals]);
            Set(key, record[(equals + 1)..].ToArray());
            // Falling back to the header's own number would give the members behind this one another place than other programs see.
            if (key is "size" or "uid" or "gid" && records[key].Length > 0 && Number(key) is null)
                throw new ImageException(ImageErrorKind.Corrupt, "IB2301", $"tar archive, byte {at}: an extended header's {key} '{EntryName.Printable(Encoding.UTF8.GetString(records[key].AsSpan(0, Math.Min(records[key].Length, 40))))}' is not a number that is possible");
            data = data[length..];
        }
    }

    private void Set(string key, byte[] value)
    {
        records[key] = value;
        if (key == "GNU.sparse.offset")
            sparseOffset = ParseLong(value) ?? -1;
        else if (key == "GNU.sparse.numbytes")
            sparseMap.Add((sparseOffset, ParseLong(value) ?? -1));
    }

    private byte[]? Find(string key) => records.GetValueOrDefault(key) ?? Global?.Find(key);

    private long? Number(string key) => Find(key) is { } text ? ParseLong(text) : null;

    private static long? ParseLong(byte[] text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static long NumberOf(string text) => long.TryParse(text, out var number) ? number : -1;
}
