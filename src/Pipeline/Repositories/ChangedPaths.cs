using ImageBuilder.Formats.Trees;
using ImageBuilder.Update.Repositories;

namespace ImageBuilder.Pipeline.Repositories;

/// <summary>Where two trees differ, for <see cref="StackStep"/>: as a device's own changes are compared, time alone is no difference.</summary>
internal sealed class ChangedPaths
{
    private readonly SortedDictionary<string, PathContent> found = new(StringComparer.Ordinal);

    private ChangedPaths()
    {
    }

    /// <summary>The paths, in ordinal order.</summary>
    /// <param name="layer">Their difference (<see cref="TreeDifference"/>): only what is in it is compared once more.</param>
    /// <param name="before">The old tree.</param>
    /// <param name="after">The new tree.</param>
    public static IReadOnlyList<ChangedPath> Of(Tree layer, Tree before, Tree after)
    {
        var paths = new ChangedPaths();
        paths.Walk("", layer.Root, before.Root, after.Root);
        return [.. paths.found.Select(path => new ChangedPath(path.Key, path.Value))];
    }

    private void Walk(string path, Node layer, Node? before, Node after)
    {
        foreach (var (name, node) in layer.Children)
            if (after.Children.TryGetValue(name, out var now))
            {
                var (here, was) = ($"{path}/{name}", before?.Children.GetValueOrDefault(name));
                if (was is null || !AreAlike(was, now))
                    found[here] = now.IsDirectory ? PathContent.Folder : PathContent.File;
                Walk(here, node, was, now);
            }
        foreach (var (name, node) in before?.Children ?? [])
            if (!after.Children.ContainsKey(name))
                Gone($"{path}/{name}", node);
    }

    private void Gone(string path, Node node)
    {
        found[path] = PathContent.Gone;
        foreach (var (name, child) in node.Children)
            Gone($"{path}/{name}", child);
    }

    private static bool AreAlike(Node left, Node right) =>
        (left.Kind, left.Mode, left.Uid, left.Gid, left.DeviceMajor, left.DeviceMinor) == (right.Kind, right.Mode, right.Uid, right.Gid, right.DeviceMajor, right.DeviceMinor)
        && left.Target.Span.SequenceEqual(right.Target.Span)
        && left.Xattrs.Count == right.Xattrs.Count && left.Xattrs.All(xattr => right.Xattrs.TryGetValue(xattr.Key, out var value) && value.AsSpan().SequenceEqual(xattr.Value))
        && left.Content.Length == right.Content.Length && left.Content.FirstDifference(right.Content) < 0;
}
