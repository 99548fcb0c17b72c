using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Repositories;

/// <summary>Where two trees differ, for <see cref="Update.Repositories.StackStep"/>: as a device's own changes are compared, time alone is no difference.</summary>
internal static class ChangedPaths
{
    /// <summary>The paths, in ordinal order.</summary>
    /// <param name="layer">Their difference (<see cref="TreeDifference"/>): only what is in it is compared once more.</param>
    /// <param name="before">The old tree.</param>
    /// <param name="after">The new tree.</param>
    public static IReadOnlyList<string> Of(Tree layer, Tree before, Tree after)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        Walk("", layer.Root, before.Root, after.Root);
        return [.. found];

        void Walk(string path, Node folder, Node? old, Node current)
        {
            foreach (var (name, node) in folder.Children)
                if (current.Children.TryGetValue(name, out var there))
                {
                    var (here, below) = ($"{path}/{name}", old is { IsDirectory: true } ? old.Children.GetValueOrDefault(name) : null);
                    if (below is null || !AreAlike(below, there))
                        found.Add(here);
                    if (there.IsDirectory)
                        Walk(here, node, below, there);
                    else if (below is not null)
                        Gone(here, below);
                }
            if (old is { IsDirectory: true })
                foreach (var (name, node) in old.Children.Where(child => !current.Children.ContainsKey(child.Key)))
                {
                    found.Add($"{path}/{name}");
                    Gone($"{path}/{name}", node);
                }
        }

        void Gone(string path, Node node)
        {
            foreach (var (name, child) in node.Children)
            {
                found.Add($"{path}/{name}");
                Gone($"{path}/{name}", child);
            }
        }
    }

    private static bool AreAlike(Node left, Node right) =>
        (left.Kind, left.Mode, left.Uid, left.Gid, left.DeviceMajor, left.DeviceMinor) == (right.Kind, right.Mode, right.Uid, right.Gid, right.DeviceMajor, right.DeviceMinor)
        && left.Target.Span.SequenceEqual(right.Target.Span)
        && left.Xattrs.Count == right.Xattrs.Count && left.Xattrs.All(xattr => right.Xattrs.TryGetValue(xattr.Key, out var value) && value.AsSpan().SequenceEqual(xattr.Value))
        && left.Content.Length == right.Content.Length && left.Content.FirstDifference(right.Content) < 0;
}
