using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Differences;

/// <summary>What a folder of the root directory holds in two trees, in bytes of file contents; hard links count once.</summary>
/// <param name="Path">The folder, or "/" for files of the root directory itself.</param>
/// <param name="Before">Bytes in the first tree.</param>
/// <param name="After">Bytes in the second tree.</param>
public sealed record FolderDifference(string Path, long Before, long After)
{
    /// <summary>Every folder that is in one of the trees, in byte order.</summary>
    public static IReadOnlyList<FolderDifference> Between(Tree before, Tree after)
    {
        var (old, young) = (Sizes(before), Sizes(after));
        return [.. old.Keys.Union(young.Keys).Order(StringComparer.Ordinal).Select(path => new FolderDifference(path, old.GetValueOrDefault(path), young.GetValueOrDefault(path)))];
    }

    private static Dictionary<string, long> Sizes(Tree tree)
    {
        var sizes = new Dictionary<string, long>(StringComparer.Ordinal);
        var counted = new HashSet<Node>();
        foreach (var (name, top) in tree.Root.Children)
            Add(top.IsDirectory ? $"/{name}" : "/", top);
        return sizes;

        void Add(string folder, Node node)
        {
            var bytes = node.Kind == NodeKind.File && counted.Add(node) ? node.Content.Length : 0;
            if (bytes > 0 || node.IsDirectory)
                sizes[folder] = sizes.GetValueOrDefault(folder) + bytes;
            foreach (var child in node.Children.Values)
                Add(folder, child);
        }
    }
}
