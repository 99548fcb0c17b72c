using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Fat;

/// <summary>
/// A FAT12, FAT16 or FAT32 file system laid out in memory, ready to be written front to back. Every file and directory is one run of
/// clusters, in the order of the tree. See FORMAT.md.
/// </summary>
public sealed partial class FatImage
{
    private const int LabelSize = 11;
    private readonly FatOptions options;
    private readonly FatGeometry geometry;
    private readonly FatDirectory root;
    private readonly string label;

    /// <summary>Runs of clusters in the order they lie on disk.</summary>
    private readonly List<Run> runs = [];

    private FatImage(FatOptions options, FatGeometry geometry, FatDirectory root, string label)
    {
        this.options = options;
        this.geometry = geometry;
        this.root = root;
        this.label = label;
        Length = options.Size ?? geometry.TotalSectors * geometry.SectorSize;
        AssignClusters();
    }

    /// <summary>Length of the image in bytes.</summary>
    public long Length { get; }

    /// <summary>The type that was chosen.</summary>
    public FatType Type => geometry.Type;

    /// <summary>Number of clusters, which decides the type.</summary>
    public int ClusterCount => geometry.ClusterCount;

    /// <summary>Bytes per cluster.</summary>
    public int ClusterSize => geometry.ClusterSize;

    /// <summary>Where a file's bytes lie in the image: in one run, alone in its clusters.</summary>
    /// <param name="file">A file of the tree, not empty.</param>
    public long OffsetOf(Node file) => ClusterOffset(runs.Single(run => ReferenceEquals(run.Content, file.Content)).First);

    private bool HasLabel => label.Length > 0;

    /// <summary>Checks the tree and places everything.</summary>
    /// <exception cref="ImageException">
    /// IB2601: impossible sizes; IB2602: the files do not fit; IB2603, IB2604: names FAT cannot hold or tell apart; IB2605: neither file nor directory;
    /// IB2606, IB2607: a directory or file too large; IB2608: the root directory is full; IB2609: a volume label FAT cannot hold.
    /// </exception>
    public static FatImage Layout(Tree tree, FatOptions options)
    {
        var label = Label(options.VolumeLabel);
        var root = FatDirectory.FromTree(tree);
        var directories = root.Walk().ToList();
        directories.ForEach(directory => directory.CheckSize());
        var geometry = FatGeometry.Choose(options, (type, clusterSize) => directories.Sum(directory =>
            (directory.IsRoot && type != FatType.Fat32 ? 0 : Clusters(DirectorySize(directory, label), clusterSize))
            + directory.Entries.Where(entry => entry.Directory is null).Sum(entry => Clusters(entry.Node.Content.Length, clusterSize))));
        if (geometry.RootEntries is > 0 and var room && root.EntryCount(label.Length > 0) is var needed && needed > room)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB2608",
                $"the root directory needs {needed} entries of 32 bytes; this {geometry.Type} file system has {room}. Move files into a directory, or use FAT32");
        return new FatImage(options, geometry, root, label);
    }

    private static string Label(string label)
    {
        var upper = label.ToUpperInvariant();
        if (upper.Length > LabelSize || upper.Any(c => c is < ' ' or > '~' || "\"*+,./:;<=>?[\\]|".Contains(c)) || upper.StartsWith(' '))
            throw new ImageException(ImageErrorKind.Unsupported, "IB2609",
                $"'{label}' cannot be a FAT volume label: up to {LabelSize} ASCII letters, digits, spaces and some signs");
        return upper;
    }

    private static long DirectorySize(FatDirectory directory, string label) =>
        Math.Max(1, directory.EntryCount(label.Length > 0)) * (long)FatGeometry.DirectoryEntrySize;

    private static long Clusters(long bytes, int clusterSize) => (bytes + clusterSize - 1) / clusterSize;

    private void AssignClusters()
    {
        var next = FatGeometry.FirstCluster;
        if (geometry.Type == FatType.Fat32)
            root.FirstCluster = Take(DirectorySize(root, label), root, null);
        foreach (var directory in root.Walk())
        {
            if (!directory.IsRoot)
                directory.FirstCluster = Take(DirectorySize(directory, label), directory, null);
            foreach (var entry in directory.Entries.Where(entry => entry.Directory is null && entry.Node.Content.Length > 0))
                entry.FirstCluster = Take(entry.Node.Content.Length, null, entry.Node.Content);
        }

        int Take(long bytes, FatDirectory? directory, Content? content)
        {
            var first = next;
            var count = (int)Clusters(bytes, geometry.ClusterSize);
            runs.Add(new Run(first, count, directory, content));
            next += count;
            return first;
        }
    }

    /// <summary>Consecutive clusters of one directory or file.</summary>
    private sealed record Run(int First, int Count, FatDirectory? Directory, Content? Content);
}
