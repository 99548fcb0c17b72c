using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.SquashFs;

/// <summary>
/// Every inode in the order of the inode table, and the names that directories give them: for checks and for saying which file something
/// belongs to. Goes on after damage, as far as it can.
/// </summary>
internal sealed class InodeSurvey
{
    private const int MaxProblems = 1000;
    private readonly Dictionary<uint, int> indexes = [];
    private readonly (uint Parent, EntryName Name)[] names;
    private readonly uint root;

    public InodeSurvey(ImageTables tables, InodeReader reader, MetadataReference rootReference, SquashFsLimits limits, CancellationToken cancel)
    {
        Tables = tables;
        Reader = reader;
        var rootPosition = tables.Inodes.Find(rootReference);
        try
        {
            for (var position = 0; position < tables.Inodes.Length;)
            {
                var inode = reader.Read(position);
                if (!indexes.TryAdd(inode.Number, Positions.Count))
                    Add(tables.Inodes.Corrupt(SquashFsError.Inode, position, $"a second inode with number {inode.Number}"));
                if (position == rootPosition)
                    root = inode.Number;
                Positions.Add(position);
                position = inode.End;
            }
        }
        catch (ImageException error)
        {
            Add(error);
        }
        names = new (uint, EntryName)[Positions.Count];
        NameCounts = new int[Positions.Count];
        SubfolderCounts = new int[Positions.Count];
        EntryCounts = new int[Positions.Count];
        var left = limits.MaxEntries;
        for (var i = 0; i < Positions.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var inode = reader.Read(Positions[i]);
            if (inode.Kind == NodeKind.Directory)
                left -= CountNames(inode, i, left);
        }
    }

    /// <summary>Where each inode begins in the inode table's bytes.</summary>
    public List<int> Positions { get; } = [];

    /// <summary>Number of names of each inode.</summary>
    public int[] NameCounts { get; }

    /// <summary>Number of directories in each directory.</summary>
    public int[] SubfolderCounts { get; }

    /// <summary>Number of entries in each directory.</summary>
    public int[] EntryCounts { get; }

    /// <summary>What was wrong.</summary>
    public List<SquashFsFinding> Problems { get; } = [];

    private ImageTables Tables { get; }

    private InodeReader Reader { get; }

    /// <summary>Every inode that could be read.</summary>
    public IEnumerable<InodeRecord> Inodes => Positions.Select(position => Reader.Read(position));

    /// <summary>The first name of an inode, from the root; "inode N" when it has none.</summary>
    public string PathOf(uint number)
    {
        const int deepest = 4096;
        var parts = new Stack<string>();
        while (indexes.TryGetValue(number, out var index) && names[index].Parent is not 0 and var parent && parts.Count < deepest)
        {
            parts.Push(names[index].Name.ToString());
            number = parent;
        }
        return parts.Count > 0 || number == root ? "/" + string.Join('/', parts) : $"inode {number}";
    }

    /// <summary>Notes a problem.</summary>
    public void Add(ImageException error)
    {
        if (Problems.Count < MaxProblems)
            Problems.Add(new SquashFsFinding(error.Offset ?? 0, error.Message));
    }

    private int CountNames(in InodeRecord directory, int index, int most)
    {
        var table = Tables.Directories;
        List<ListedEntry> entries;
        try
        {
            entries = new DirectoryReader(table).Read(directory, most);
        }
        catch (ImageException error) when (error.Kind == ImageErrorKind.Corrupt)
        {
            Add(error);
            return 0;
        }
        EntryCounts[index] = entries.Count;
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            if (i > 0 && entries[i - 1].Name.CompareTo(entry.Name) >= 0)
                Add(table.Corrupt(SquashFsError.Directory, entry.Position, $"'{entry.Name}' is listed behind '{entries[i - 1].Name}'; names must rise, each once"));
            if (!indexes.TryGetValue(entry.Number, out var named) || Tables.Inodes.Find(entry.Reference) != Positions[named])
            {
                Add(table.Corrupt(SquashFsError.Directory, entry.Position, $"'{entry.Name}' is said to be inode {entry.Number}, which is not there"));
                continue;
            }
            NameCounts[named]++;
            if (names[named].Parent == 0)
                names[named] = (directory.Number, entry.Name);
            if (entry.Kind != NodeKind.Directory)
                continue;
            SubfolderCounts[index]++;
            if (Reader.Read(Positions[named]).Parent is var parent && parent != directory.Number)
                Add(Tables.Inodes.Corrupt(SquashFsError.Inode, Positions[named], $"the directory '{entry.Name}' calls inode {parent} the one above it; that is inode {directory.Number}"));
        }
        return entries.Count;
    }
}
