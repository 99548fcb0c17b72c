using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Trees;

/// <summary>Small trees by their paths, and what has become of them.</summary>
internal static class SampleTrees
{
    /// <summary>Files whose content is their path.</summary>
    public static Tree Make(params string[] files) => With(new Tree(), [.. files.Select(file => (file, Node.File(file)))]);

    /// <summary>The same tree, with more in it.</summary>
    public static Tree With(Tree tree, params (string Path, Node Node)[] nodes)
    {
        foreach (var (path, node) in nodes)
            tree.Put(path, node);
        return tree;
    }

    /// <summary>The lower tree, with the upper one put over it.</summary>
    public static Tree Merged(Tree lower, Tree upper)
    {
        TreeMerge.Apply(lower, upper);
        return lower;
    }

    /// <summary>All paths, in order.</summary>
    public static IEnumerable<string> Paths(Tree tree) => tree.Walk().Select(entry => entry.Path);
}
