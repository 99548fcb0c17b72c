namespace ImageBuilder.Formats.Trees;

/// <summary>
/// The layer that turns one tree into another: mounted over layers that show the first, it shows the second (kernel documentation,
/// filesystems/overlayfs). Deleted files are whiteouts, and only in directories that merge; a directory of which nothing stays is opaque.
/// </summary>
/// <remarks>
/// What the second tree itself holds of overlayfs, such as the layers of containers, is escaped, so that the mount shows it: attributes
/// trusted.overlay.x become trusted.overlay.overlay.x, and whiteouts empty files with an attribute ("Nesting overlayfs mounts"); those in opaque directories, which mean nothing, are left out.
/// </remarks>
public sealed class TreeDifference
{
    private readonly Dictionary<Node, Node> copies = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Node, List<Node?>> counterparts = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Node, bool> unchanged = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Node> taken = new(ReferenceEqualityComparer.Instance);
    private readonly CancellationToken cancel;

    private TreeDifference(CancellationToken cancel) => this.cancel = cancel;

    /// <summary>Compares two trees, contents byte by byte, and makes the layer. Neither tree is changed; the layer's contents are the second one's.</summary>
    /// <param name="before">What the layers below show.</param>
    /// <param name="after">What is to be seen.</param>
    /// <param name="cancel">Stops between two files.</param>
    /// <exception cref="ImageException">IB2010: a content could not be read.</exception>
    public static Tree Of(Tree before, Tree after, CancellationToken cancel = default)
    {
        var difference = new TreeDifference(cancel);
        difference.Pair(before.Root, after.Root);
        var layer = new Tree();
        difference.Fill(layer.Root, before.Root, after.Root, isRoot: true);
        return layer;
    }

    /// <summary>A tree as a layer with nothing below it.</summary>
    public static Tree Whole(Tree tree) => Of(new Tree(), tree);

    /// <summary>Notes what each name of a file was before: a file with several names is unchanged only when all of them were one file already.</summary>
    private void Pair(Node? before, Node after)
    {
        foreach (var (name, node) in after.Children)
        {
            var below = before?.Children.GetValueOrDefault(name);
            if (node.IsDirectory)
                Pair(below is { IsDirectory: true } ? below : null, node);
            else if (counterparts.TryGetValue(node, out var others))
                others.Add(below);
            else
                counterparts[node] = [below];
        }
    }

    /// <summary>Puts what differs between two directories that merge into the layer's; false when nothing does.</summary>
    private bool Fill(Node target, Node before, Node after, bool isRoot)
    {
        CopyFacts(after, target);
        foreach (var (name, node) in Meaningful(after))
        {
            var below = before.Children.GetValueOrDefault(name);
            if (node.IsDirectory && below is { IsDirectory: true })
            {
                var child = Node.Directory();
                if (Fill(child, below, node, isRoot: false))
                    target.Children[name] = child;
            }
            else if (node.IsDirectory || !IsUnchanged(node))
            {
                target.Children[name] = Copy(node);
            }
        }
        var gone = before.Children.Keys.Where(name => !after.Children.ContainsKey(name)).ToList();
        // The kernel merges roots whatever they say.
        if (!isRoot && gone.Count > 0 && gone.Count == before.Children.Count)
            TreeMerge.SetOpaque(target);
        else
            foreach (var name in gone)
                target.Children[name] = new Node(NodeKind.CharacterDevice) { Mode = 0, ModifiedTime = after.ModifiedTime };
        return target.Children.Count > 0 || gone.Count > 0 || !HaveSameFacts(before, after);
    }

    private bool IsUnchanged(Node node)
    {
        if (unchanged.TryGetValue(node, out var known))
            return known;
        cancel.ThrowIfCancellationRequested();
        var before = counterparts[node][0];
        // One file cannot stay as two: of equal ones that were names of one, the first stays.
        return unchanged[node] = before is not null && counterparts[node].TrueForAll(other => ReferenceEquals(other, before)) && AreSame(before, node) && taken.Add(before);
    }

    private static bool AreSame(Node left, Node right) => left.Kind == right.Kind && HaveSameFacts(left, right) && left.Kind switch
    {
        NodeKind.File => ReferenceEquals(left.Content, right.Content) || (left.Content.Length == right.Content.Length && left.Content.FirstDifference(right.Content) < 0),
        NodeKind.Symlink => left.Target.Span.SequenceEqual(right.Target.Span),
        NodeKind.CharacterDevice or NodeKind.BlockDevice => (left.DeviceMajor, left.DeviceMinor) == (right.DeviceMajor, right.DeviceMinor),
        _ => true,
    };

    private static bool HaveSameFacts(Node left, Node right) =>
        (left.Mode, left.Uid, left.Gid, left.ModifiedTime) == (right.Mode, right.Uid, right.Gid, right.ModifiedTime)
        && left.HasXattrs == right.HasXattrs
        && (!left.HasXattrs || left.Xattrs.Count == right.Xattrs.Count && left.Xattrs.All(xattr => right.Xattrs.TryGetValue(xattr.Key, out var value) && value.AsSpan().SequenceEqual(xattr.Value)));

    private Node Copy(Node node)
    {
        if (copies.TryGetValue(node, out var known))
            return known;
        var copy = copies[node] = CopyFacts(node, new Node(node.IsWhiteout ? NodeKind.File : node.Kind));
        if (node.IsWhiteout)
            copy.Xattrs[TreeMerge.Escape(TreeMerge.Whiteout)] = "y"u8.ToArray();
        foreach (var (name, child) in Meaningful(node))
            copy.Children[name] = Copy(child);
        return copy;
    }

    private static Node CopyFacts(Node from, Node to)
    {
        (to.Mode, to.Uid, to.Gid, to.ModifiedTime) = (from.Mode, from.Uid, from.Gid, from.ModifiedTime);
        if (!from.IsWhiteout)
            (to.Content, to.Target, to.DeviceMajor, to.DeviceMinor) = (from.Content, from.Target, from.DeviceMajor, from.DeviceMinor);
        foreach (var (name, value) in from.HasXattrs ? from.Xattrs : [])
            to.Xattrs[TreeMerge.Escape(name)] = value;
        if (Meaningful(from).Any(child => child.Value.IsWhiteout))
            to.Xattrs[TreeMerge.Escape(TreeMerge.Opaque)] = "x"u8.ToArray();
        return to;
    }

    private static IEnumerable<KeyValuePair<EntryName, Node>> Meaningful(Node directory) =>
        TreeMerge.IsMarked(directory, "y"u8) ? directory.Children.Where(child => !child.Value.IsWhiteout) : directory.Children;
}
