namespace ImageBuilder.Formats.Trees;

/// <summary>
/// What an overlay mount of two trees shows (kernel documentation, filesystems/overlayfs): the upper one's entries replace those below,
/// directories merge, a whiteout deletes, an opaque directory hides everything below it.
/// </summary>
/// <remarks>
/// A whiteout is a character device 0:0, or an empty file with trusted.overlay.whiteout in a directory whose trusted.overlay.opaque is "x".
/// A directory is opaque when its trusted.overlay.opaque is "y". The attributes themselves never show. Directories that an archive only
/// implies (<see cref="Node.IsImplied"/>) keep the owner, mode and time of the one below.
/// </remarks>
public static class TreeMerge
{
    /// <summary>The extended attribute that makes a directory opaque.</summary>
    public const string Opaque = "trusted.overlay.opaque";

    private const string OverlayPrefix = "trusted.overlay.";
    private const string EscapedPrefix = OverlayPrefix + "overlay.";

    /// <summary>The extended attribute that makes an empty file a whiteout, in a directory whose <see cref="Opaque"/> is "x".</summary>
    internal const string Whiteout = OverlayPrefix + "whiteout";

    /// <summary>What refers to data in another layer by path or not at all: it cannot be resolved without mounting.</summary>
    private static readonly string[] References = ["trusted.overlay.redirect", "trusted.overlay.metacopy"];

    /// <summary>Puts the upper tree over the lower one, which becomes the result; the upper tree's nodes go over into it.</summary>
    /// <exception cref="ImageException">IB3040: the upper tree refers to files of other layers by trusted.overlay.redirect or metacopy.</exception>
    public static void Apply(Tree lower, Tree upper) => Merge(lower.Root, upper.Root, "/", new HashSet<Node>(ReferenceEqualityComparer.Instance));

    /// <summary>Makes a directory opaque.</summary>
    public static void SetOpaque(Node directory) => directory.Xattrs[Opaque] = "y"u8.ToArray();

    /// <summary>The name under which a layer holds an extended attribute that the mount is to show.</summary>
    public static string Escape(string name) => name.StartsWith(OverlayPrefix, StringComparison.Ordinal) ? EscapedPrefix + name[OverlayPrefix.Length..] : name;

    private static void Merge(Node lower, Node upper, string path, HashSet<Node> cleaned)
    {
        if (IsMarked(upper, "y"u8))
            lower.Children.Clear();
        var hasXattrWhiteouts = IsMarked(upper, "x"u8);
        foreach (var (name, node) in upper.Children)
        {
            if (node.IsWhiteout || (hasXattrWhiteouts && node is { Kind: NodeKind.File, Content.Length: 0, HasXattrs: true } && node.Xattrs.ContainsKey(Whiteout)))
            {
                lower.Children.Remove(name);
                continue;
            }
            var below = $"{path}{name}/";
            if (!node.IsDirectory)
            {
                if (node.HasXattrs && cleaned.Add(node)) // once: it may have several names
                    RemoveMarks(node, below);
                lower.Children[name] = node;
                continue;
            }
            // A directory with nothing to merge with is merged with an empty one: whiteouts in it have nothing to hide and go.
            if (!lower.Children.TryGetValue(name, out var existing) || !existing.IsDirectory)
                lower.Children[name] = existing = new Node(NodeKind.Directory) { IsImplied = true };
            Merge(existing, node, below, cleaned);
        }
        RemoveMarks(upper, path);
        if (upper.IsImplied && !lower.IsImplied)
            return;
        (lower.Mode, lower.Uid, lower.Gid, lower.ModifiedTime, lower.IsImplied) = (upper.Mode, upper.Uid, upper.Gid, upper.ModifiedTime, upper.IsImplied);
        lower.Xattrs.Clear();
        if (upper.HasXattrs)
            foreach (var (key, value) in upper.Xattrs)
                lower.Xattrs[key] = value;
    }

    internal static bool IsMarked(Node directory, ReadOnlySpan<byte> value) =>
        directory.HasXattrs && directory.Xattrs.TryGetValue(Opaque, out var found) && found.AsSpan().SequenceEqual(value);

    /// <summary>Takes overlayfs's own attributes away; escaped ones lose one level of escaping, as on a mount.</summary>
    private static void RemoveMarks(Node node, string path)
    {
        if (!node.HasXattrs)
            return;
        foreach (var key in node.Xattrs.Keys.Where(key => key.StartsWith(OverlayPrefix, StringComparison.Ordinal)).ToArray())
        {
            if (References.Contains(key))
                throw new ImageException(ImageErrorKind.Unsupported, "IB3040",
                    $"{path.TrimEnd('/')} has {key}, which refers to another layer's file; make the layer from an overlay mounted with redirect_dir=off,metacopy=off");
            if (key.StartsWith(EscapedPrefix, StringComparison.Ordinal))
                node.Xattrs[OverlayPrefix + key[EscapedPrefix.Length..]] = node.Xattrs[key];
            node.Xattrs.Remove(key);
        }
    }
}
