using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tar;

/// <summary>
/// Reads an uncompressed tar archive (ustar, pax and GNU, with hard links, pax extended attributes and sparse files) into a
/// <see cref="Tree"/> whose file contents stay in the archive.
/// </summary>
/// <remarks>
/// POSIX.1-2017 pax; GNU tar manual "Basic Tar Format" and "Storing Sparse Files". Member names are paths inside the tree: a
/// leading "/" or "./" is dropped, ".." is refused, and so is a member below a symbolic link. A later member replaces an earlier one of the
/// same name, as when extracting; a hard link that stands before the member it names is made at the end. Memory is bounded by caps on
/// members, names and attributes; FORMAT.md lists them.
/// </remarks>
public sealed class TarReader
{
    private const int MaxHeaderData = 16 << 20; // bytes of names and attributes for one member
    private const int MaxGlobalData = 64 << 10; // bytes of global headers, which count for every member
    private const int MaxMembers = 4_000_000; // a desktop system has 500,000
    private const int MaxPath = 4095; // PATH_MAX without its NUL, limits.h
    internal const int MaxSparseEntries = 1 << 20;
    private const long MaxMetadata = 256 << 20; // bytes of names, link targets, sparse maps and extended attributes of all members together
    private const int AttributeCost = 64; // bytes that an attribute takes in memory beside its value
    private const int ImpliedCost = 512; // bytes that a directory takes in memory which no member describes; one name can imply two thousand
    private const int StretchCost = 24; // bytes that a stretch of a sparse file takes in memory
    private readonly Content archive;
    private readonly bool mayEndOpen;
    private readonly Tree tree = new();
    private readonly PaxRecords global = new();
    private long position;
    private long metadata;

    private TarReader(Content archive, bool mayEndOpen)
    {
        (this.archive, this.mayEndOpen) = (archive, mayEndOpen);
        tree.Root.IsImplied = true;
    }

    /// <summary>Reads the whole archive.</summary>
    /// <param name="archive">The archive, not compressed.</param>
    /// <param name="mayEndOpen">Whether the closing zero blocks may be missing, for archives that a digest has shown to be whole.</param>
    /// <exception cref="ImageException">IB2301 corrupt, IB2302 unsupported member, IB2303 a name that leaves the tree, IB2304 too much of names or attributes, IB2305 compressed.</exception>
    public static Tree Read(Content archive, bool mayEndOpen = false)
    {
        var reader = new TarReader(archive, mayEndOpen);
        reader.ReadAll();
        return reader.tree;
    }

    /// <summary>Whether data begins as a tar archive does: with a header whose checksum is right, or with the zero blocks that close an empty one.</summary>
    public static bool IsArchive(ReadOnlySpan<byte> start)
    {
        if (start.Length < TarField.BlockSize)
            return false;
        Span<byte> block = stackalloc byte[TarField.BlockSize];
        start[..TarField.BlockSize].CopyTo(block);
        try
        {
            return !start[..Math.Min(start.Length, 2 * TarField.BlockSize)].ContainsAnyExcept((byte)0) || NumberOf(TarField.Checksum, block, 0) == TarField.Sum(block);
        }
        catch (ImageException)
        {
            return false; // a checksum that is no number
        }
    }

    private void ReadAll()
    {
        Span<byte> block = stackalloc byte[TarField.BlockSize];
        var local = new PaxRecords { Global = global };
        var links = new List<(byte[] Name, byte[] Target, long At)>();
        long headers = 0, globals = 0, members = 0;
        while (NextHeader(block))
        {
            var at = position - TarField.BlockSize;
            var size = NumberOf(TarField.Size, block, at);
            switch ((char)block[TarField.TypeFlag.Offset])
            {
                case 'x':
                    local.Add(HeaderData(size, at, ref headers, MaxHeaderData), at);
                    continue;
                case 'g':
                    global.Add(HeaderData(size, at, ref globals, MaxGlobalData), at);
                    continue;
                case 'L':
                    local.LongName = UpToNul(HeaderData(size, at, ref headers, MaxHeaderData));
                    continue;
                case 'K':
                    local.LongLink = UpToNul(HeaderData(size, at, ref headers, MaxHeaderData));
                    continue;
                default:
                    if (++members > MaxMembers)
                        throw TooMuch(at, $"is member number {members}; at most {MaxMembers} are read");
                    ReadMember(block, size, local, links, at);
                    local = new PaxRecords { Global = global };
                    headers = 0;
                    continue;
            }
        }
        foreach (var (name, target, at) in links)
            if (!TryLink(name, target, at))
                throw Corrupt(at, $"hard link '{EntryName.Printable(name)}' names '{EntryName.Printable(target)}', which is not in the archive");
    }

    /// <summary>Makes a hard link; false when what it names is not there.</summary>
    private bool TryLink(byte[] name, byte[] target, long at)
    {
        if (Lookup(target) is not { } node)
            return false;
        if (node.IsDirectory)
            throw Corrupt(at, $"hard link '{EntryName.Printable(name)}' names a directory");
        Place(name, node, at);
        return true;
    }

    private void ReadMember(Span<byte> block, long size, PaxRecords pax, List<(byte[], byte[], long)> links, long at)
    {
        size = pax.Size ?? size;
        if (size < 0)
            throw Corrupt(at, $"a member's size is {size}");
        // The header of a sparse file has another name, which may be cut behind a '/'.
        var name = pax.SparseName ?? pax.Path ?? pax.LongName ?? HeaderName(block);
        var link = pax.LinkPath ?? pax.LongLink ?? TarField.LinkName.Text(block).ToArray();
        var type = (char)block[TarField.TypeFlag.Offset];
        if (type is '\0' or '0' or '7' && name.Length > 0 && name[^1] == '/')
            type = '5'; // before POSIX, a directory was a file whose name ends in '/'

        Node node;
        switch (type)
        {
            case '\0' or '0' or '7':
                node = Node.File(pax.SparseMajor is null ? Data(size, at) : SparseFile(pax, size, at));
                break;
            case 'S':
                var map = OldGnuSparseMap(block, at);
                node = Node.File(Sparse(Data(size, at), map, NumberOf(TarField.GnuRealSize, block, at), at));
                break;
            case '1':
                Data(size, at);
                if (!TryLink(name, link, at))
                {
                    Charge(name.Length + link.Length, at);
                    links.Add((name, link, at)); // it may come later
                }
                return;
            case '2':
                if (link.Length is 0 or > 4095)
                    throw Corrupt(at, $"the target of symbolic link '{EntryName.Printable(name)}' has {link.Length} bytes; expected 1 to 4095");
                Charge(link.Length, at);
                node = new Node(NodeKind.Symlink) { Target = link };
                break;
            case '3' or '4':
                node = Node.Device(type == '3' ? NodeKind.CharacterDevice : NodeKind.BlockDevice,
                    Unsigned(NumberOf(TarField.DeviceMajor, block, at), "device number", at), Unsigned(NumberOf(TarField.DeviceMinor, block, at), "device number", at));
                break;
            case '5':
                node = Node.Directory();
                break;
            case '6':
                node = new Node(NodeKind.Fifo);
                break;
            default:
                throw new ImageException(ImageErrorKind.Unsupported, "IB2302",
                    $"tar member '{EntryName.Printable(name)}' at byte {at} has type '{type}', which is not known; expected a file, link, directory or device");
        }
        if (type is not ('\0' or '0' or '7' or 'S'))
            Skip(size);

        node.Mode = (ushort)(NumberOf(TarField.Mode, block, at) & UnixMode.PermissionMask);
        node.Uid = Unsigned(pax.Uid ?? NumberOf(TarField.Uid, block, at), "user id", at);
        node.Gid = Unsigned(pax.Gid ?? NumberOf(TarField.Gid, block, at), "group id", at);
        node.ModifiedTime = pax.ModifiedTime ?? NumberOf(TarField.ModifiedTime, block, at);
        foreach (var (key, value) in pax.Xattrs)
        {
            Charge(value.Length + AttributeCost, at);
            node.Xattrs[key] = value;
        }
        Place(name, node, at);
    }

    private void Charge(long bytes, long at)
    {
        metadata += bytes;
        if (metadata > MaxMetadata)
            throw TooMuch(at, $"brings the names, link targets, sparse maps and extended attributes of all members to more than {MaxMetadata} bytes");
    }

    private void Place(byte[] name, Node node, long at)
    {
        var parts = Parts(name, at);
        Charge(parts.Count == 0 ? 0 : parts[^1].Bytes.Length, at);
        if (parts.Count == 0)
        {
            if (!node.IsDirectory)
                throw Corrupt(at, "the archive's root is not a directory");
            CopyMetadata(node, tree.Root);
            return;
        }
        var directory = tree.Root;
        foreach (var part in parts[..^1])
        {
            if (!directory.Children.TryGetValue(part, out var child))
            {
                Charge(ImpliedCost + part.Bytes.Length, at);
                directory.Children[part] = child = new Node(NodeKind.Directory) { IsImplied = true };
            }
            else if (!child.IsDirectory)
                throw Corrupt(at, $"'{EntryName.Printable(name)}' lies below '{part}', which is not a directory");
            directory = child;
        }
        if (node.IsDirectory && directory.Children.TryGetValue(parts[^1], out var existing) && existing.IsDirectory)
            CopyMetadata(node, existing);
        else
            directory.Children[parts[^1]] = node;
    }

    private static void CopyMetadata(Node from, Node to)
    {
        (to.Mode, to.Uid, to.Gid, to.ModifiedTime, to.IsImplied) = (from.Mode, from.Uid, from.Gid, from.ModifiedTime, false);
        to.Xattrs.Clear();
        if (from.HasXattrs)
            foreach (var (key, value) in from.Xattrs)
                to.Xattrs[key] = value;
    }

    private Node? Lookup(byte[] name)
    {
        var node = tree.Root;
        foreach (var part in Parts(name, position))
            if (!node.IsDirectory || !node.Children.TryGetValue(part, out node!))
                return null;
        return node;
    }

    private static List<EntryName> Parts(byte[] name, long at)
    {
        if (name.Length > MaxPath)
            throw TooMuch(at, $"has a name of {name.Length} bytes; at most {MaxPath} make a path");
        var parts = new List<EntryName>();
        foreach (var range in name.AsSpan().Split((byte)'/'))
        {
            var part = name.AsSpan(range);
            if (part.IsEmpty || part.SequenceEqual("."u8))
                continue;
            if (part.SequenceEqual(".."u8))
                throw new ImageException(ImageErrorKind.Corrupt, "IB2303",
                    $"tar member '{EntryName.Printable(name)}' at byte {at} has '..' in its name, which could leave the tree; it is refused");
            parts.Add(EntryName.From(part));
        }
        return parts;
    }

    private static byte[] HeaderName(Span<byte> block)
    {
        var name = TarField.Name.Text(block);
        if (!TarField.Magic.In(block).SequenceEqual("ustar\0"u8))
            return name.ToArray(); // GNU and old headers use the prefix field for other things
        var prefix = TarField.Prefix.Text(block);
        return prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name];
    }

    private bool NextHeader(Span<byte> block)
    {
        // GNU tar reads on without a closing zero block; but an archive cut off between two members looks like that too.
        if (position == archive.Length && mayEndOpen)
            return false;
        if (position == archive.Length)
            throw Corrupt(position, position == 0 ? "the archive is empty" : "the archive ends without its closing zero blocks: the rest of it is missing");
        if (position == 0)
            RefuseCompressed(block);
        if (position + TarField.BlockSize > archive.Length)
            throw Corrupt(position, $"the archive ends after {archive.Length - position} bytes of a 512-byte header");
        archive.Read(position, block);
        if (!block.ContainsAnyExcept((byte)0))
            return false;
        if (NumberOf(TarField.Checksum, block, position) != TarField.Sum(block))
            throw Corrupt(position, "a header's checksum is wrong: this is not a tar archive, or it is damaged");
        position += TarField.BlockSize;
        return true;
    }

    /// <summary>Names the compressor of an archive that still has to be unpacked, by its first bytes.</summary>
    private void RefuseCompressed(Span<byte> block)
    {
        var start = block[..(int)Math.Min(archive.Length, TarField.BlockSize)];
        archive.Read(0, start);
        var program = start.StartsWith("BZh"u8) ? "bzip2" : Decompressor.Recognise(start) is var format and not CompressionFormat.None ? format.ToString().ToLowerInvariant() : null;
        if (program is not null)
            throw new ImageException(ImageErrorKind.Unsupported, "IB2305", $"the archive is compressed by {program}; unpack it first: {program} -dc ARCHIVE | … -");
    }

    private Content Data(long size, long at)
    {
        if (size > archive.Length - position)
            throw Corrupt(at, $"a member of {size} bytes passes the end of the archive");
        var data = archive.Slice(position, size);
        Skip(size);
        return data;
    }

    private void Skip(long size) => position = size > archive.Length - position ? archive.Length
        : Math.Min(archive.Length, position + (size + TarField.BlockSize - 1) / TarField.BlockSize * TarField.BlockSize);

    /// <summary>The data of a header that describes members; <paramref name="total"/> counts what belongs together.</summary>
    private byte[] HeaderData(long size, long at, ref long total, int limit)
    {
        if (size < 0)
            throw Corrupt(at, $"a header's size is {size}");
        if (size > limit - total)
            throw TooMuch(at, $"announces {size} more bytes of names or attributes; at most {limit} are read");
        total += size;
        return Data(size, at).ToArray();
    }

    /// <summary>Old GNU sparse format: four map entries in the header, then 21 in each extension block.</summary>
    private List<(long Offset, long Length)> OldGnuSparseMap(Span<byte> block, long at)
    {
        var map = new List<(long, long)>();
        AddEntries(TarField.GnuSparse.In(block), map, at);
        var more = block[TarField.GnuIsExtended.Offset] != 0;
        Span<byte> extension = stackalloc byte[TarField.BlockSize];
        while (more)
        {
            if (position + TarField.BlockSize > archive.Length)
                throw Corrupt(at, "a sparse file's map passes the end of the archive");
            archive.Read(position, extension);
            position += TarField.BlockSize;
            AddEntries(extension[..(21 * 24)], map, at);
            more = extension[21 * 24] != 0;
        }
        return map;

        static void AddEntries(Span<byte> entries, List<(long, long)> map, long at)
        {
            if (map.Count > MaxSparseEntries)
                throw Corrupt(at, $"a sparse file's map has more than {MaxSparseEntries} entries");
            for (; entries.Length >= 24 && entries[0] != 0; entries = entries[24..])
                map.Add((ParseNumber(entries[..12], at), ParseNumber(entries[12..24], at)));
        }
    }

    /// <summary>GNU sparse formats in pax headers: 0.0 and 0.1 keep the map in records, 1.0 at the start of the data.</summary>
    private SparseContent SparseFile(PaxRecords pax, long size, long at)
    {
        var data = Data(size, at);
        var map = pax.SparseMap;
        if (pax.SparseMajor == 1)
        {
            var text = new SparseMapText(data, () => Corrupt(at, "a sparse file's map is not a list of numbers"));
            var count = text.Next();
            if (count > MaxSparseEntries)
                throw Corrupt(at, $"a sparse file's map has {count} entries");
            map = [];
            for (var i = 0; i < count; i++)
                map.Add((text.Next(), text.Next()));
            var start = (text.Consumed + TarField.BlockSize - 1) / TarField.BlockSize * TarField.BlockSize;
            if (start > data.Length)
                throw Corrupt(at, "a sparse file's map passes its data");
            data = data.Slice(start, data.Length - start);
        }
        return Sparse(data, map, pax.SparseRealSize ?? -1, at);
    }

    private SparseContent Sparse(Content data, List<(long, long)> map, long realSize, long at)
    {
        Charge((long)map.Count * StretchCost, at);
        return SparseContent.Create(data, map, realSize, () => Corrupt(at, "a sparse file's map is wrong"));
    }

    private static byte[] UpToNul(byte[] bytes) => Array.IndexOf(bytes, (byte)0) is >= 0 and var end ? bytes[..end] : bytes;

    private static long NumberOf(TarField field, Span<byte> block, long at) => ParseNumber(field.In(block), at);

    private static long ParseNumber(ReadOnlySpan<byte> bytes, long at)
    {
        try
        {
            return TarField.ParseNumber(bytes);
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            throw Corrupt(at, error.Message);
        }
    }

    private static uint Unsigned(long number, string what, long at) =>
        number is >= 0 and <= uint.MaxValue ? (uint)number : throw Corrupt(at, $"{number} cannot be a {what}; expected 0 to {uint.MaxValue}");

    private static ImageException TooMuch(long at, string what) => new(ImageErrorKind.LimitExceeded, "IB2304", $"tar archive: the header at byte {at} {what}");

    private static ImageException Corrupt(long at, string what) => new(ImageErrorKind.Corrupt, "IB2301", $"tar archive, byte {at}: {what}");
}
