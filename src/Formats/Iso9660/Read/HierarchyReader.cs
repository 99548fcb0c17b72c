using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>Reads one directory hierarchy into a tree; the counterpart of <see cref="Hierarchy"/>. Each directory is read once, or the image is refused.</summary>
internal sealed class HierarchyReader(Content image, long origin, IsoNameSpace names, SystemUseReader systemUse, List<IsoRegion>? regions = null)
{
    /// <summary>More than any real image has; a record takes 34 bytes, a node some hundred.</summary>
    private const int MaxEntries = 2_000_000;

    private const uint MaxDirectory = 64 << 20;
    private const int MaxSections = 10_000;
    private readonly Tree tree = new();
    private readonly Queue<PendingDirectory> pending = new();
    private readonly Dictionary<uint, (uint Parent, byte[] Identifier)> visited = [];
    private readonly Dictionary<uint, long> relocated = [];
    private readonly Dictionary<(uint?, uint, long, NodeKind, ushort), Node> linked = [];
    private int entries;

    /// <summary>What the tree cannot hold: how often each extension came up that is not read ("AL"), and associated files ("").</summary>
    public SortedDictionary<string, int> Unread { get; } = new(StringComparer.Ordinal);

    /// <summary>Continuation areas that were read: offset and length in bytes.</summary>
    public IReadOnlyList<(long Offset, long Length)> ContinuationAreas => systemUse.Areas;

    /// <summary>The directories that were read: by the block where each lies, where its parent lies and its identifier there.</summary>
    public IReadOnlyDictionary<uint, (uint Parent, byte[] Identifier)> Directories => visited;

    /// <exception cref="ImageException">IB2411 to IB2423: the image is damaged or not supported.</exception>
    public Tree Read(RawDirectoryRecord root)
    {
        pending.Enqueue(new PendingDirectory(root, tree.Root, Place.Root, null, root.Block));
        while (pending.TryDequeue(out var directory))
            ReadDirectory(directory);
        foreach (var (block, at) in relocated)
            if (!visited.ContainsKey(block))
                throw IsoError.Corrupt(IsoError.Relocation, at, $"the directory at block {block} is marked as relocated (RE), but no record (CL) says where it belongs");
        return tree;
    }

    private void ReadDirectory(PendingDirectory directory)
    {
        var record = directory.Record;
        var data = ReadData(record);
        if (data.Length > 0 && !visited.TryAdd(record.Block, (directory.ParentBlock, record.Identifier)))
            throw IsoError.Corrupt(IsoError.Loop, record.Offset, $"the directory {directory.Place} lies at block {record.Block}, where another directory is: a loop, or one directory under two names");
        regions?.Add(new IsoRegion(Position(record.Block), data.Length, names == IsoNameSpace.Joliet ? "Joliet directory" : "directory", directory.Place));

        var (kept, moved) = (0, 0);
        List<RawDirectoryRecord> sections = [];
        foreach (var entry in RawDirectoryRecord.ReadAll(data, Position(record.Block)))
        {
            if (++entries > MaxEntries)
                throw IsoError.TooMuch(entry.Offset, $"more than {MaxEntries} directory records");
            if (entry.IsDot || entry.IsDotDot)
            {
                ReadOwn(directory, entry);
                continue;
            }
            if (sections.Count > 0 && !sections[0].Identifier.AsSpan().SequenceEqual(entry.Identifier))
                throw IsoError.Corrupt(IsoError.Record, entry.Offset, "a file of several sections is followed by another file before its last section");
            sections.Add(entry);
            if (sections.Count > MaxSections)
                throw IsoError.TooMuch(entry.Offset, $"a file of more than {MaxSections} sections");
            if (entry.Continues)
                continue;
            _ = Add(directory, sections) ? kept++ : moved++;
            sections = [];
        }
        if (sections.Count > 0)
            throw IsoError.Corrupt(IsoError.Record, sections[^1].Offset, "a file's last section is missing");
        // A directory that only keeps what belongs elsewhere is no directory of the tree.
        if (kept == 0 && moved > 0)
            directory.Parent?.Children.Remove(directory.Place.Name);
    }

    /// <summary>The records "." and "..": the root's and a relocated directory's attributes are told nowhere else.</summary>
    private void ReadOwn(PendingDirectory directory, RawDirectoryRecord entry)
    {
        var isRoot = directory.Parent is null;
        var found = RockRidge(entry, isRoot && entry.IsDot);
        if (entry.IsDotDot && found?.ParentLink is { } parent && parent != directory.ParentBlock)
            throw IsoError.Corrupt(IsoError.Relocation, entry.Offset,
                $"the relocated directory {directory.Place} says that its parent (PL) lies at block {parent}; it is named by a directory at block {directory.ParentBlock}");
        if (!entry.IsDot)
            return;
        if (entry.Block != directory.Record.Block)
            throw IsoError.Corrupt(IsoError.Record, entry.Offset, $"the directory {directory.Place} lies at block {directory.Record.Block}, but its own record says {entry.Block}");
        if (isRoot || directory.IsRelocated)
            Describe(directory.Node, entry, found);
    }

    /// <summary>Adds a file of one or more sections; false for a directory that belongs elsewhere.</summary>
    private bool Add(PendingDirectory directory, List<RawDirectoryRecord> sections)
    {
        var record = sections[0];
        if (record.IsAssociated)
        {
            Count("");
            return true;
        }
        var found = RockRidge(record, isRoot: false);
        if (found is { IsRelocated: true } && record.IsDirectory)
        {
            relocated[record.Block] = record.Offset;
            return false;
        }
        var name = Name(record, found, out var isVersioned);
        var place = new Place(directory.Place, name);
        if (place.IsTooDeep)
            throw IsoError.TooMuch(record.Offset, "a path of more than 4095 bytes or 255 directories");
        var node = found?.ChildLink is not null ? Node.Directory() : MakeNode(record, found, place);
        if (!directory.Node.Children.TryAdd(name, node))
        {
            // Without Rock Ridge, older versions of a file follow the newest and look the same.
            if (isVersioned && !node.IsDirectory)
                return true;
            throw IsoError.Corrupt(IsoError.Name, record.Offset, $"the directory {directory.Place} has two entries of the name '{name}'");
        }
        if (node.IsDirectory)
        {
            if (sections.Count > 1)
                throw IsoError.Corrupt(IsoError.Record, record.Offset, $"the directory {place} has several sections");
            if (found?.ChildLink is { } block)
                record = OwnRecord(block, record.Offset);
            else
                Describe(node, record, found);
            pending.Enqueue(new PendingDirectory(record, node, place, directory.Node, directory.Record.Block) { IsRelocated = found?.ChildLink is not null });
            return true;
        }
        Describe(node, record, found);
        if (node.Kind == NodeKind.File)
            node.Content = Data(sections, found, place);
        if (found is { Links: > 1 } && (found.Serial is not null || node.Content.Length > 0))
        {
            var key = (found.Serial, record.Block, node.Content.Length, node.Kind, node.Mode);
            if (!linked.TryAdd(key, node))
                directory.Node.Children[name] = linked[key];
        }
        return true;
    }

    /// <summary>The record "." at a block: what CL names (RRIP 4.1.5.1).</summary>
    private RawDirectoryRecord OwnRecord(uint block, long from)
    {
        var at = Position(block);
        if (at > image.Length - Block.Size)
            throw IsoError.Corrupt(IsoError.Outside, from, $"a relocated directory (CL) at block {block} lies outside the image");
        var bytes = new byte[Block.Size];
        image.Read(at, bytes);
        var own = RawDirectoryRecord.Read(bytes, at);
        return own is { IsDot: true, IsDirectory: true } && own.Block == block ? own
            : throw IsoError.Corrupt(IsoError.Relocation, from, $"a relocated directory is said to be at block {block} (CL); there is none");
    }

    private static Node MakeNode(RawDirectoryRecord record, RockRidgeReader? found, Place place)
    {
        var kind = record.IsDirectory ? NodeKind.Directory : NodeKind.File;
        if (found?.Mode is not { } mode)
            return new Node(kind);
        var stated = UnixMode.KindOf((int)(mode & ushort.MaxValue));
        if (stated is null || (stated == NodeKind.Directory) != record.IsDirectory)
            throw IsoError.Corrupt(IsoError.SystemUse, record.Offset, $"{place} has the mode {mode:x} by Rock Ridge, and is a {kind} by its directory record");
        var node = new Node(stated.Value);
        if (node.Kind == NodeKind.Symlink)
            node.Target = found.Target is { Length: > 0 } target && !target.AsSpan().Contains((byte)0) ? target
                : throw IsoError.Corrupt(IsoError.SystemUse, record.Offset, $"the symbolic link {place} has no target, or NUL in it");
        if (node.Kind is NodeKind.CharacterDevice or NodeKind.BlockDevice)
            (node.DeviceMajor, node.DeviceMinor) = found.Device
                ?? throw IsoError.Corrupt(IsoError.SystemUse, record.Offset, $"the device {place} has no number (PN)");
        return node;
    }

    private static void Describe(Node node, RawDirectoryRecord record, RockRidgeReader? found)
    {
        node.ModifiedTime = found?.ModifiedTime ?? record.ModifiedTime;
        node.Mode = found?.Mode is { } mode ? (ushort)(mode & UnixMode.PermissionMask) : node.IsDirectory ? UnixMode.Octal0555 : UnixMode.Octal0444;
        (node.Uid, node.Gid) = (found?.Uid ?? 0, found?.Gid ?? 0);
    }

    private Content Data(List<RawDirectoryRecord> sections, RockRidgeReader? found, Place place)
    {
        var at = sections[0].Offset;
        var parts = new List<(long Start, long Length)>();
        long total = 0;
        foreach (var section in sections)
        {
            CheckExtent(section);
            parts.Add((Position(section.Block), section.Length));
            regions?.Add(new IsoRegion(Position(section.Block), section.Length, "file", place, total));
            total += section.Length;
        }
        if (found?.CompressedFrom is { } length)
            return new RefusedContent(length, IsoError.NotSupported(IsoError.Zisofs, at, $"{place} is compressed by zisofs, which is not read; extract it with xorriso or mount the image"));
        if (sections.Any(section => section.IsInterleaved && section.Length > 0))
            return new RefusedContent(total, IsoError.NotSupported(IsoError.Unsupported, at, $"{place} is interleaved, which is not read"));
        return parts.Count == 1 ? image.Slice(parts[0].Length == 0 ? 0 : parts[0].Start, parts[0].Length) : new JoinedContent(image, parts);
    }

    private byte[] ReadData(RawDirectoryRecord record)
    {
        if (record.Length > MaxDirectory)
            throw IsoError.TooMuch(record.Offset, $"a directory of {record.Length} bytes; at most {MaxDirectory} are read");
        CheckExtent(record);
        var data = new byte[record.Length];
        if (data.Length > 0)
            image.Read(Position(record.Block), data);
        return data;
    }

    private void CheckExtent(RawDirectoryRecord record)
    {
        if (record.Length > 0 && Position(record.Block) > image.Length - record.Length)
            throw IsoError.Corrupt(IsoError.Outside, record.Offset, $"data of {record.Length} bytes at byte {Position(record.Block)} passes the end of the image, {image.Length} bytes");
    }

    private EntryName Name(RawDirectoryRecord record, RockRidgeReader? found, out bool isVersioned)
    {
        isVersioned = found?.Name is null;
        var bytes = found?.Name ?? record.PlainName(names == IsoNameSpace.Joliet);
        try
        {
            return EntryName.From(bytes);
        }
        catch (ImageException error) when (error.Id == "IB2001")
        {
            throw IsoError.Corrupt(IsoError.Name, record.Offset, error.Message);
        }
    }

    private RockRidgeReader? RockRidge(RawDirectoryRecord record, bool isRoot)
    {
        if (names != IsoNameSpace.RockRidge)
            return null;
        var found = RockRidgeReader.Read(systemUse.Entries(record, isRoot));
        found.Unread.ForEach(Count);
        return found;
    }

    private void Count(string extension) => Unread[extension] = Unread.GetValueOrDefault(extension) + 1;

    private long Position(uint block) => origin + new Block(block).Offset;

    /// <param name="Record">The record that gives its extent.</param>
    /// <param name="Parent">The directory's parent; null for the root.</param>
    /// <param name="ParentBlock">Where the parent lies.</param>
    private sealed record PendingDirectory(RawDirectoryRecord Record, Node Node, Place Place, Node? Parent, uint ParentBlock)
    {
        public bool IsRelocated { get; init; }
    }
}
