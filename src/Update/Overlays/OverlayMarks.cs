using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Update.Overlays;

/// <summary>The extended attributes in which overlayfs notes what an upper's entries mean (kernel documentation, filesystems/overlayfs).</summary>
internal static class OverlayMarks
{
    private const string Prefix = "trusted.overlay.";

    /// <summary>An attribute of an overlay inside the overlay: the kernel takes one "overlay." away when it shows it.</summary>
    private static readonly string EscapedPrefix = TreeMerge.Escape(Prefix);

    private const string Redirect = Prefix + "redirect";
    private const string MetaCopy = Prefix + "metacopy";
    private const string Whiteout = Prefix + "whiteout";
    private const string InodeFlags = Prefix + "protattr";

    /// <summary>The folder hides all that lies below it.</summary>
    public static bool IsOpaque(Node folder) => Has(folder, TreeMerge.Opaque, "y"u8);

    /// <summary>Deletes what lies below: a character device 0:0, or an empty file marked so in a folder marked so.</summary>
    public static bool IsWhiteout(Node folder, Node node) =>
        node.IsWhiteout || (node is { Kind: NodeKind.File, Content.Length: 0, HasXattrs: true } && node.Xattrs.ContainsKey(Whiteout) && Has(folder, TreeMerge.Opaque, "x"u8));

    /// <summary>Only the metadata are the upper's; the data are a layer's.</summary>
    public static bool IsMetaCopy(Node file) => file.HasXattrs && file.Xattrs.ContainsKey(MetaCopy);

    /// <summary>Where in the layers a moved entry's other part lies: an absolute path, or a name in the same folder; empty for one that was not moved.</summary>
    public static ReadOnlySpan<byte> RedirectOf(Node node) => node.HasXattrs && node.Xattrs.TryGetValue(Redirect, out var to) ? to : default;

    /// <summary>The file was made immutable or append-only, chattr(1): no layer holds that.</summary>
    public static bool HasInodeFlags(Node node) => node.HasXattrs && node.Xattrs.TryGetValue(InodeFlags, out var flags) && flags.Length > 0;

    /// <summary>The attributes that a mount shows.</summary>
    public static IEnumerable<(string Name, byte[] Value)> Shown(Node node)
    {
        foreach (var (name, value) in node.HasXattrs ? node.Xattrs : [])
            if (!name.StartsWith(Prefix, StringComparison.Ordinal))
                yield return (name, value);
            else if (name.StartsWith(EscapedPrefix, StringComparison.Ordinal))
                yield return (Prefix + name[EscapedPrefix.Length..], value);
    }

    private static bool Has(Node node, string name, ReadOnlySpan<byte> value) => node.HasXattrs && node.Xattrs.TryGetValue(name, out var found) && found.AsSpan().SequenceEqual(value);
}
