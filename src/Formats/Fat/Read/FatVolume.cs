using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Fat;

/// <summary>
/// A FAT12, FAT16 or FAT32 file system that exists, ours or made by others. What is read is checked first; a damaged or hostile image gives an
/// error that names the byte. See FORMAT.md.
/// </summary>
public sealed class FatVolume
{
    private const int MaxDirectory = 2 << 20; // fatgen103: 65,536 entries of 32 bytes
    private const int MaxEntries = 1_000_000;
    private readonly Content image;
    private readonly FatBootSector boot;
    private string? rootLabel;

    private FatVolume(Content image, FatBootSector boot) => (this.image, this.boot) = (image, boot);

    /// <summary>The type, which follows from the number of clusters.</summary>
    public FatType Type => boot.Type;

    /// <summary>Bytes per sector.</summary>
    public int SectorSize => boot.SectorSize;

    /// <summary>Bytes per cluster.</summary>
    public int ClusterSize => boot.ClusterSize;

    /// <summary>Number of clusters.</summary>
    public int ClusterCount => boot.ClusterCount;

    /// <summary>The serial number; "1234-ABCD" is Linux's UUID of 0x1234ABCD.</summary>
    public uint VolumeId => boot.VolumeId;

    /// <summary>The volume label: the root directory's, else the boot sector's; empty without. Read the tree first.</summary>
    public string Label => rootLabel ?? boot.Label;

    /// <summary>Length of the file system in bytes; the image may be longer.</summary>
    public long Length => boot.Length;

    /// <summary>True when an image begins like a FAT file system.</summary>
    public static bool IsFat(Content image) => FatBootSector.Begins(image);

    /// <summary>Reads the boot sector.</summary>
    /// <exception cref="ImageException">IB2211: no FAT; IB2212: damaged; IB2213: cut off.</exception>
    public static FatVolume Open(Content image) => new(image, FatBootSector.Read(image));

    /// <summary>The file tree; contents stay in the image. FAT has no owners: all is root's, 0755 and 0644, or read-only 0444.</summary>
    /// <exception cref="ImageException">IB2214: a chain of clusters is damaged; IB2215: a directory entry is; IB2216: too much.</exception>
    public Tree ReadTree()
    {
        var tree = new Tree();
        var chains = new FatChains(image, boot);
        var pending = new Queue<(Node Node, Place Place, Content Data, List<(long Start, long Length)> Runs)>();
        List<(long Start, long Length)> root = boot.Type != FatType.Fat32
            ? [(boot.RootArea.Offset, boot.RootArea.Length)]
            : chains.Follow(boot.RootCluster, 44, MaxDirectory);
        pending.Enqueue((tree.Root, Place.Root, new JoinedContent(image, root), root));
        var entries = 0;
        while (pending.TryDequeue(out var directory))
        {
            foreach (var record in FatRecord.ReadAll(directory.Data.ToArray(), at => PositionOf(directory.Runs, at)))
            {
                if (++entries > MaxEntries)
                    throw FatError.TooMuch(record.Offset, $"more than {MaxEntries} files");
                if (record.IsLabel)
                {
                    if (directory.Place.Parent is null)
                        rootLabel ??= record.Name.Replace(".", "", StringComparison.Ordinal).TrimEnd();
                    continue;
                }
                var node = new Node(record.IsDirectory ? NodeKind.Directory : NodeKind.File) { ModifiedTime = record.ModifiedTime };
                var place = Add(directory.Node, directory.Place, node, record);
                List<(long Start, long Length)> runs = record.FirstCluster == 0 ? [] : chains.Follow(record.FirstCluster, record.Offset, record.IsDirectory ? MaxDirectory : long.MaxValue);
                if (record.IsDirectory)
                    pending.Enqueue((node, place, new JoinedContent(image, runs), runs));
                else
                    (node.Content, node.Mode) = (FileContent(record, runs), record.IsReadOnly ? UnixMode.Octal0444 : UnixMode.Octal0644);
            }
        }
        return tree;
    }

    private static Place Add(Node directory, Place above, Node node, FatRecord record)
    {
        EntryName name;
        try
        {
            name = EntryName.From(Encoding.UTF8.GetBytes(record.Name));
        }
        catch (ImageException error) when (error.Id == "IB2001")
        {
            throw FatError.Corrupt(FatError.Entry, record.Offset, error.Message);
        }
        var place = new Place(above, name);
        if (place.IsTooDeep)
            throw FatError.TooMuch(record.Offset, "a path of more than 4095 bytes or 255 directories");
        return directory.Children.TryAdd(name, node) ? place
            : throw FatError.Corrupt(FatError.Entry, record.Offset, $"the directory {above} has two entries of the name '{name}'");
    }

    private Content FileContent(FatRecord record, List<(long Start, long Length)> runs)
    {
        var whole = new JoinedContent(image, runs);
        return record.Size <= whole.Length ? whole.Slice(0, record.Size)
            : throw FatError.Corrupt(FatError.Chain, record.Offset, $"'{record.Name}' has {record.Size} bytes by its entry, and clusters for {whole.Length}");
    }

    private static long PositionOf(List<(long Start, long Length)> runs, long at)
    {
        foreach (var (start, length) in runs)
        {
            if (at < length)
                return start + at;
            at -= length;
        }
        return 0;
    }
}
