using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Fat;

/// <summary>One file or subdirectory. FAT has no hard links: a node under two names is two entries with a copy each.</summary>
internal sealed class FatEntry(FatName name, Node node, FatDirectory? directory)
{
    private int fileCluster;

    public FatName Name { get; } = name;

    public Node Node { get; } = node;

    /// <summary>Null for a file.</summary>
    public FatDirectory? Directory { get; } = directory;

    /// <summary>First cluster; 0 for an empty file.</summary>
    public int FirstCluster
    {
        get => Directory?.FirstCluster ?? fileCluster;
        set => fileCluster = value;
    }
}
