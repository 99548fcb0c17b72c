using System.Buffers.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Cpio;

/// <summary>Reads newc archives into a tree, on top of what is there.</summary>
/// <param name="tree">The tree to add to.</param>
/// <param name="base">Where the archive, or the compressed part that holds it, lies in the image; for messages.</param>
internal sealed class CpioReader(Tree tree, long @base)
{
    private const int HeaderSize = 110;
    private const int MagicSize = 6;
    private const int FieldSize = 8;
    private const int FieldCount = 13;
    private const int MaxName = 4096; // PATH_MAX, with its NUL
    private const int MaxTarget = 4095;
    private const int MaxDepth = 255;
    private const int MaxEntries = 2_000_000;
    private const int ImpliedCost = 512; // bytes that a directory takes in memory which no entry describes; one name can imply 254
    private const long MaxMetadata = 256 << 20; // bytes of names and link targets of all entries together
    private const int Alignment = 4;

    private long metadata;

    /// <summary>Entries so far, the trailers not counted.</summary>
    public int Entries { get; private set; }

    /// <summary>The first name but ".".</summary>
    public string FirstName { get; private set; } = "";

    /// <summary>Reads one archive, to its trailer.</summary>
    /// <param name="content">What holds it.</param>
    /// <param name="start">Where it begins there; positions are aligned from here.</param>
    /// <returns>The first byte behind it.</returns>
    /// <exception cref="ImageException">IB2511 to IB2515.</exception>
    public long ReadArchive(Content content, long start)
    {
        // Names of one file share inode and device numbers, within one archive.
        var links = new Dictionary<(uint Inode, uint Major, uint Minor), Node>();
        for (var at = start; ;)
        {
            var entry = ReadHeader(content, at);
            var nameEnd = Align(at + HeaderSize + entry.NameSize, start);
            if (entry.NameSize is 0 or > MaxName || nameEnd > content.Length)
                throw Corrupt(at, $"an entry's name has {entry.NameSize} bytes; 1 to {MaxName} are possible, and {content.Length - at - HeaderSize} left");
            var name = new byte[entry.NameSize];
            content.Read(at + HeaderSize, name);
            if (name[^1] != 0 || name.AsSpan(0, name.Length - 1).Contains((byte)0))
                throw Corrupt(at + HeaderSize, "an entry's name does not end at its first NUL");
            if (entry.Size > content.Length - nameEnd)
                throw Corrupt(at, $"'{EntryName.Printable(name.AsSpan(0, name.Length - 1))}' has {entry.Size} bytes, of which {content.Length - nameEnd} are there: the archive is cut off");
            if (name.AsSpan().SequenceEqual("TRAILER!!!\0"u8))
                return Math.Min(content.Length, Align(nameEnd + entry.Size, start));
            Entries++;
            Charge(name.Length, at);
            Add(name.AsSpan(0, name.Length - 1), entry, content.Slice(nameEnd, entry.Size), links, at);
            at = Math.Min(content.Length, Align(nameEnd + entry.Size, start));
        }
    }

    private void Charge(int bytes, long at)
    {
        metadata += bytes;
        if (Entries > MaxEntries || metadata > MaxMetadata)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2515", $"cpio image, byte {@base + at}: more than {MaxEntries} entries, or {MaxMetadata} bytes of names and link targets");
    }

    private Header ReadHeader(Content content, long at)
    {
        if (at > content.Length - HeaderSize)
            throw Corrupt(at, $"the archive ends without its trailer: {content.Length - at} bytes left, an entry has {HeaderSize} and more");
        Span<byte> bytes = stackalloc byte[HeaderSize];
        content.Read(at, bytes);
        var isSummed = bytes.StartsWith("070702"u8);
        if (!isSummed && !bytes.StartsWith("070701"u8))
            throw Corrupt(at, $"an entry begins with '{EntryName.Printable(bytes[..MagicSize])}'; expected 070701 or 070702");
        var fields = new uint[FieldCount];
        for (var i = 0; i < FieldCount; i++)
        {
            var field = bytes.Slice(MagicSize + i * FieldSize, FieldSize);
            if (!Utf8Parser.TryParse(field, out fields[i], out var used, 'x') || used != FieldSize)
                throw Corrupt(at + MagicSize + i * FieldSize, $"'{EntryName.Printable(field)}' is not a number of {FieldSize} hexadecimal digits");
        }
        return new Header(fields, isSummed);
    }

    private void Add(ReadOnlySpan<byte> name, Header entry, Content data, Dictionary<(uint, uint, uint), Node> links, long at)
    {
        var parts = Parts(name, at);
        if (parts.Count > 0 && FirstName.Length == 0)
            FirstName = EntryName.Printable(name);
        if (UnixMode.KindOf((int)(entry.Mode & ushort.MaxValue)) is not { } kind)
            throw Corrupt(at, $"'{EntryName.Printable(name)}' has the mode {entry.Mode:x}, which names no type of file");
        if (entry.IsSummed && kind == NodeKind.File)
            CheckSum(name, entry, data, at);
        if (parts.Count == 0)
        {
            if (kind != NodeKind.Directory)
                throw Corrupt(at, "the archive's root is not a directory");
            Describe(tree.Root, entry);
            return;
        }
        var directory = Directory(parts, name, at);
        if (kind == NodeKind.Directory && directory.Children.GetValueOrDefault(parts[^1]) is { IsDirectory: true } existing)
        {
            Describe(existing, entry);
            return;
        }
        directory.Children[parts[^1]] = MakeNode(name, kind, entry, data, links, at);
    }

    private Node MakeNode(ReadOnlySpan<byte> name, NodeKind kind, Header entry, Content data, Dictionary<(uint, uint, uint), Node> links, long at)
    {
        var key = (entry.Inode, entry.DeviceMajor, entry.DeviceMinor);
        var isLink = entry.Links > 1 && kind != NodeKind.Directory;
        if (!isLink || !links.TryGetValue(key, out var node) || node.Kind != kind)
        {
            node = new Node(kind) { DeviceMajor = entry.RdevMajor, DeviceMinor = entry.RdevMinor };
            if (isLink)
                links[key] = node;
        }
        Describe(node, entry);
        if (kind == NodeKind.Symlink)
        {
            if (data.Length is 0 or > MaxTarget)
                throw Corrupt(at, $"the target of the symbolic link '{EntryName.Printable(name)}' has {data.Length} bytes; expected 1 to {MaxTarget}");
            var target = data.ToArray();
            Charge(target.Length, at);
            // The kernel takes a target up to its NUL; cpio writes none.
            node.Target = target.AsSpan().IndexOf((byte)0) is >= 0 and var nul ? nul > 0 ? target[..nul] : throw Corrupt(at, "a symbolic link's target is empty") : target;
        }
        else if (kind == NodeKind.File && data.Length > 0)
        {
            node.Content = data; // of several names, one brings the bytes
        }
        return node;
    }

    /// <summary>The directory that an entry lies in, symbolic links on the way followed inside the tree as the kernel follows them.</summary>
    private Node Directory(List<EntryName> parts, ReadOnlySpan<byte> name, long at)
    {
        var directory = tree.Root;
        for (var i = 0; i < parts.Count - 1; i++)
        {
            if (!directory.Children.TryGetValue(parts[i], out var child))
            {
                Charge(ImpliedCost + parts[i].Bytes.Length, at);
                directory.Children[parts[i]] = child = new Node(NodeKind.Directory) { IsImplied = true };
            }
            if (child.Kind == NodeKind.Symlink)
                child = tree.Resolve(string.Join('/', parts.Take(i + 1).Select(part => System.Text.Encoding.UTF8.GetString(part.Bytes))));
            directory = child is { IsDirectory: true } ? child
                : throw new ImageException(ImageErrorKind.Corrupt, "IB2513", $"cpio image, byte {@base + at}: '{EntryName.Printable(name)}' lies below '{parts[i]}', which is not a directory");
        }
        return directory;
    }

    private List<EntryName> Parts(ReadOnlySpan<byte> name, long at)
    {
        var parts = new List<EntryName>();
        foreach (var range in name.Split((byte)'/'))
        {
            var part = name[range];
            if (part.IsEmpty || part.SequenceEqual("."u8))
                continue;
            if (part.SequenceEqual(".."u8) || part.Length > 255 || parts.Count == MaxDepth)
                throw new ImageException(ImageErrorKind.Corrupt, "IB2513",
                    $"cpio image, byte {@base + at}: '{EntryName.Printable(name[..Math.Min(name.Length, 300)])}' has '..', a name of more than 255 bytes or more than {MaxDepth} directories; it is refused");
            parts.Add(EntryName.From(part));
        }
        return parts;
    }

    private static void Describe(Node node, Header entry)
    {
        (node.Mode, node.Uid, node.Gid) = ((ushort)(entry.Mode & UnixMode.PermissionMask), entry.Uid, entry.Gid);
        node.ModifiedTime = entry.Time;
        node.IsImplied = false;
    }

    /// <summary>"070702": the 32-bit sum of the data's bytes.</summary>
    private void CheckSum(ReadOnlySpan<byte> name, Header entry, Content data, long at)
    {
        uint sum = 0;
        var buffer = new byte[64 << 10];
        for (long offset = 0; offset < data.Length;)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, data.Length - offset));
            data.Read(offset, part);
            foreach (var b in part)
                sum += b;
            offset += part.Length;
        }
        // A name that brings no bytes may state the sum of those that another brings.
        if (sum != entry.Check && data.Length > 0)
            throw new ImageException(ImageErrorKind.Corrupt, "IB2514", $"cpio image, byte {@base + at}: the bytes of '{EntryName.Printable(name)}' sum to 0x{sum:x8}; expected 0x{entry.Check:x8}");
    }

    private static long Align(long position, long start) => start + ((position - start + Alignment - 1) & ~(long)(Alignment - 1));

    private ImageException Corrupt(long at, string what) => new(ImageErrorKind.Corrupt, "IB2512", $"cpio image, byte {@base + at}: {what}");

    /// <summary>The thirteen fields; FORMAT.md lists them.</summary>
    private readonly struct Header(uint[] fields, bool isSummed)
    {
        public uint Inode => fields[0];

        public uint Mode => fields[1];

        public uint Uid => fields[2];

        public uint Gid => fields[3];

        public uint Links => fields[4];

        public uint Time => fields[5];

        public uint Size => fields[6];

        public uint DeviceMajor => fields[7];

        public uint DeviceMinor => fields[8];

        public uint RdevMajor => fields[9];

        public uint RdevMinor => fields[10];

        public uint NameSize => fields[11];

        public uint Check => fields[12];

        public bool IsSummed => isSummed;
    }
}
