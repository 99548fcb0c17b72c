using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Update.Overlays;

/// <summary>
/// An upper as a layer: over the layers that the upper was mounted on, it shows the same. Whiteouts stay where they have something to hide, moved
/// folders become copies (a layer's redirects would be refused where they are not trusted), and what the kernel noted for itself is left out.
/// </summary>
public sealed class UpperLayer
{
    private readonly OverlayUpper upper;
    private readonly Dictionary<Node, Node> cleaned = new(ReferenceEqualityComparer.Instance);
    private readonly List<string> lost = [];

    private UpperLayer(OverlayUpper upper) => this.upper = upper;

    /// <summary>Makes the layer's tree.</summary>
    /// <param name="upper">The upper; contents stay where they are.</param>
    /// <param name="warning">Told once what a layer cannot hold.</param>
    /// <exception cref="ImageException">IB6152: a folder was moved, and the layers below are not at hand. IB6153: the upper belongs to other layers. IB3030: something cannot be read.</exception>
    /// <exception cref="ImageBuilder.Linux.LinuxException">A file of the layers cannot be read.</exception>
    public static Tree From(OverlayUpper upper, Action<string>? warning = null)
    {
        var layer = new UpperLayer(upper);
        var tree = new Tree();
        layer.Fill(tree.Root, upper.Tree.Root, upper.Lower, upper.Lower, "");
        if (layer.lost.Count > 0)
            warning?.Invoke($"a layer cannot hold chattr(1)'s immutable and append-only: {string.Join(", ", layer.lost)}");
        return tree;
    }

    /// <summary>Leaves only what lies at or below some paths; folders on the way stay, with nothing else in them.</summary>
    /// <param name="layer">The layer's tree.</param>
    /// <param name="paths">Absolute paths; none at all leaves everything.</param>
    /// <exception cref="ImageException">IB6154: the layer has nothing at a path.</exception>
    public static void Select(Tree layer, IReadOnlyList<string> paths)
    {
        if (paths.Count == 0)
            return;
        var kept = new HashSet<Node>(ReferenceEqualityComparer.Instance);
        foreach (var path in paths)
            kept.Add(layer.Find(path) ?? throw new ImageException(ImageErrorKind.Unsupported, "IB6154", $"nothing has changed at {path}, so there is nothing to capture; 'imageagent changes' lists what has"));
        Prune(layer.Root);

        bool Prune(Node node)
        {
            if (kept.Contains(node))
                return true;
            foreach (var (name, child) in node.Children.ToArray())
                if (!Prune(child))
                    node.Children.Remove(name);
            if (node.HasXattrs)
                node.Xattrs.Remove(TreeMerge.Opaque); // what was hidden with the rest shall not be hidden without it
            return node.Children.Count > 0;
        }
    }

    /// <param name="target">The layer's folder.</param>
    /// <param name="folder">The upper's.</param>
    /// <param name="source">What the kernel merges the upper's folder with.</param>
    /// <param name="beneath">What the kernel will merge the layer's folder with, unless it is opaque.</param>
    /// <param name="path">The folder's path; the root's is empty.</param>
    private void Fill(Node target, Node folder, LowerFolder? source, LowerFolder? beneath, string path)
    {
        CopyFacts(folder, target, path.Length == 0 ? "/" : path);
        var merges = LowerFolder.Same(source, beneath);
        if (!merges && beneath is not null)
            TreeMerge.SetOpaque(target);
        foreach (var (name, node) in folder.Children)
        {
            var here = $"{path}/{name}";
            if (OverlayMarks.IsWhiteout(folder, node))
            {
                if (merges && source!.MayHave(name))
                    target.Children[name] = new Node(NodeKind.CharacterDevice) { Mode = 0, ModifiedTime = folder.ModifiedTime };
            }
            else if (node.IsDirectory)
            {
                var child = target.Children[name] = Node.Directory();
                Fill(child, node, upper.SourceOf(source, name, node, here), merges ? beneath!.Folder(name) : null, here);
            }
            else
            {
                target.Children[name] = Clean(node, source, name, here);
            }
        }
        if (!merges && source is not null)
            foreach (var name in source.Names().Where(name => !folder.Children.ContainsKey(name)))
                target.Children[name] = Copy(upper.Scanner.Scan(source.PathOf(name)));
    }

    private Node Clean(Node file, LowerFolder? source, EntryName name, string path)
    {
        if (cleaned.TryGetValue(file, out var known))
            return known;
        var clean = CopyFacts(file, new Node(file.Kind), path);
        if (OverlayMarks.IsMetaCopy(file))
            clean.Content = upper.DataOf(source, name, file, path);
        return cleaned[file] = clean;
    }

    private Node CopyFacts(Node from, Node to, string path)
    {
        if (OverlayMarks.HasInodeFlags(from))
            lost.Add(path);
        return CopyFacts(from, to, OverlayMarks.Shown(from));
    }

    /// <summary>A file or folder of the layers, which had been moved in the upper, as the new layer's own.</summary>
    private Node Copy(Node original)
    {
        if (cleaned.TryGetValue(original, out var known))
            return known;
        var copy = cleaned[original] = CopyFacts(original, new Node(original.Kind), original.HasXattrs ? original.Xattrs.Select(xattr => (xattr.Key, xattr.Value)) : []);
        foreach (var (name, child) in original.Children)
            copy.Children[name] = Copy(child);
        return copy;
    }

    /// <param name="from">Where the facts are.</param>
    /// <param name="to">Where they go.</param>
    /// <param name="xattrs">The attributes as a mount shows them.</param>
    private static Node CopyFacts(Node from, Node to, IEnumerable<(string Name, byte[] Value)> xattrs)
    {
        (to.Mode, to.Uid, to.Gid, to.ModifiedTime) = (from.Mode, from.Uid, from.Gid, from.ModifiedTime);
        (to.Content, to.Target, to.DeviceMajor, to.DeviceMinor) = (from.Content, from.Target, from.DeviceMajor, from.DeviceMinor);
        foreach (var (name, value) in xattrs)
            to.Xattrs[TreeMerge.Escape(name)] = value;
        return to;
    }
}
