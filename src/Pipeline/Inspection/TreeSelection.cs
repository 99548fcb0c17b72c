using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>A part of a tree.</summary>
public static class TreeSelection
{
    /// <summary>A tree of the named files and folders, each with everything below it and the folders above it. Nodes are shared with the whole tree.</summary>
    /// <exception cref="ImageException">IB5204: a path is not in the tree.</exception>
    public static Tree Of(Tree tree, IReadOnlyCollection<string> paths)
    {
        if (paths.Count == 0)
            return tree;
        var selected = new Tree();
        CopyMetadata(tree.Root, selected.Root);
        foreach (var path in paths)
        {
            var (from, to) = (tree.Root, selected.Root);
            var names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
            if (names.Length == 0)
                return tree;
            for (var i = 0; i < names.Length; i++)
            {
                if (!from.IsDirectory || names[i] is "." or ".." || !from.Children.TryGetValue(names[i], out var next))
                    throw new ImageException(ImageErrorKind.Spec, "IB5204", $"there is no {path} in the image{(i > 0 ? $": /{string.Join('/', names[..i])} has no '{names[i]}'" : "")}");
                if (i == names.Length - 1)
                    to.Children[names[i]] = next;
                else if (!to.Children.TryGetValue(names[i], out var above))
                    to.Children[names[i]] = to = CopyMetadata(next, new Node(next.Kind));
                else if (above == next)
                    break; // all of it is selected already
                else
                    to = above;
                from = next;
            }
        }
        return selected;
    }

    private static Node CopyMetadata(Node from, Node to)
    {
        (to.Mode, to.Uid, to.Gid, to.ModifiedTime) = (from.Mode, from.Uid, from.Gid, from.ModifiedTime);
        foreach (var (name, value) in from.Xattrs)
            to.Xattrs[name] = value;
        return to;
    }
}
