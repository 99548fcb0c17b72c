using ImageBuilder.Linux.Files;

namespace ImageBuilder.Update.Tests.Model;

/// <summary>A file of the modelled file system.</summary>
internal sealed class Node(FileKind kind)
{
    public FileKind Kind { get; } = kind;

    public byte[] Data { get; set; } = [];

    public SortedDictionary<string, int> Names { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Extended attributes, and mode and project under names of their own.</summary>
    public SortedDictionary<string, string> Attributes { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Names that lead to it.</summary>
    public int Links { get; set; }

    public Node Clone() => new(Kind) { Links = Links, Data = Data, Names = new(Names, StringComparer.Ordinal), Attributes = new(Attributes, StringComparer.Ordinal) };
}
