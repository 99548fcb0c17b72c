using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Fat;

/// <summary>A directory of the image with what the layout decided about it.</summary>
internal sealed class FatDirectory
{
    private const byte ReadOnlyAttribute = 0x01;
    private const byte VolumeLabelAttribute = 0x08;
    private const byte DirectoryAttribute = 0x10;
    private const byte ArchiveAttribute = 0x20;
    private const int MaxEntries = 65536; // a directory has at most 2 MiB (fatgen103)
    private readonly FatDirectory? parent;
    private readonly Node node;

    private FatDirectory(string path, FatDirectory? parent, Node node)
    {
        this.parent = parent;
        this.node = node;
        Path = path.Length == 0 ? "/" : path;
        var names = FatName.ForDirectory(Path, node.Children.Keys);
        Entries = [.. node.Children.Zip(names).Select(pair => new FatEntry(pair.Second, pair.First.Value, Below(path, pair.First.Key, pair.First.Value)))];
    }

    public string Path { get; }

    public List<FatEntry> Entries { get; }

    /// <summary>First cluster; 0 for the root of FAT12 and FAT16, which has an area of its own.</summary>
    public int FirstCluster { get; set; }

    public bool IsRoot => parent is null;

    /// <summary>Length in directory entries.</summary>
    public int EntryCount(bool hasLabel) => (IsRoot ? (hasLabel ? 1 : 0) : 2) + Entries.Sum(entry => entry.Name.LongEntries + 1);

    public static FatDirectory FromTree(Tree tree) => new("", null, tree.Root);

    /// <summary>This directory, then every one below it, parents first.</summary>
    public IEnumerable<FatDirectory> Walk() =>
        Entries.Select(entry => entry.Directory).OfType<FatDirectory>().SelectMany(below => below.Walk()).Prepend(this);

    /// <summary>The directory's content, without the padding behind it.</summary>
    public byte[] Write(string label, FatTime labelTime)
    {
        var bytes = new byte[EntryCount(label.Length > 0) * FatGeometry.DirectoryEntrySize];
        var position = 0;
        var time = FatTime.FromUnix(node.ModifiedTime);
        if (!IsRoot)
        {
            WriteEntry(Next(1), ".".PadRight(FatName.AliasSize), DirectoryAttribute, time, FirstCluster, 0);
            // The root's cluster is stated as 0, also on FAT32 (fatgen103).
            WriteEntry(Next(1), "..".PadRight(FatName.AliasSize), DirectoryAttribute, time, parent!.IsRoot ? 0 : parent.FirstCluster, 0);
        }
        else if (label.Length > 0)
        {
            WriteEntry(Next(1), label.PadRight(FatName.AliasSize), VolumeLabelAttribute, labelTime, 0, 0);
        }
        foreach (var entry in Entries)
        {
            entry.Name.WriteLongEntries(Next(entry.Name.LongEntries));
            var attributes = entry.Directory is not null ? DirectoryAttribute
                : (entry.Node.Mode & UnixMode.Octal0200) == 0 ? (byte)(ArchiveAttribute | ReadOnlyAttribute) : ArchiveAttribute;
            WriteEntry(Next(1), System.Text.Encoding.ASCII.GetString(entry.Name.Alias), attributes, FatTime.FromUnix(entry.Node.ModifiedTime),
                entry.FirstCluster, entry.Directory is null ? (uint)entry.Node.Content.Length : 0);
        }
        return bytes;

        Span<byte> Next(int entries)
        {
            var slice = bytes.AsSpan(position, entries * FatGeometry.DirectoryEntrySize);
            position += slice.Length;
            return slice;
        }
    }

    /// <exception cref="ImageException">IB2606: a directory of more than 65,536 entries.</exception>
    public void CheckSize()
    {
        if (EntryCount(hasLabel: true) > MaxEntries)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2606",
                $"{Path} needs {EntryCount(hasLabel: true)} FAT directory entries; {MaxEntries} are possible");
    }

    /// <summary>fatgen103, "FAT Directory Structure".</summary>
    private static void WriteEntry(Span<byte> entry, string alias, byte attributes, FatTime time, int cluster, uint size)
    {
        var record = new RecordWriter(entry);
        record.Text(alias, FatName.AliasSize);
        record.U8(attributes);
        record.U8(0); // reserved for Windows NT
        record.U8(0); // creation time, tenths
        record.U16(time.Time); // created
        record.U16(time.Date);
        record.U16(time.Date); // last access
        record.U16(cluster >> 16);
        record.U16(time.Time); // last write
        record.U16(time.Date);
        record.U16((ushort)cluster);
        record.U32(size);
        record.End();
    }

    private FatDirectory? Below(string path, EntryName name, Node child)
    {
        var where = $"{path}/{name}";
        if (child.IsDirectory)
            return new FatDirectory(where, this, child);
        if (child.Kind != NodeKind.File)
            throw new ImageException(ImageErrorKind.Unsupported, "IB2605", $"{where} is a {child.Kind}; FAT holds only files and directories");
        if (child.Content.Length > uint.MaxValue)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2607",
                $"{where} has {child.Content.Length} bytes; a file on FAT has at most {uint.MaxValue}");
        return null;
    }
}
