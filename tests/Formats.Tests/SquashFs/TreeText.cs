using System.Security.Cryptography;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs;

/// <summary>A tree as lines of text, so that two of them can be compared and a difference can be read.</summary>
internal static class TreeText
{
    /// <summary>One line per name: everything that a file system keeps of it. Hard links show the first name of their inode.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="linkedDevices">Show that devices and pipes are hard links; GNU tar does not notice.</param>
    public static string[] Of(Tree tree, bool linkedDevices = true)
    {
        var firstNames = new Dictionary<Node, string>();
        var lines = tree.Walk().Where(entry => entry.Node.Kind != NodeKind.Socket) // tar knows no sockets
            .Select(entry => Line(entry.Path, entry.Node, firstNames, linkedDevices));
        return [Line("/", tree.Root, firstNames, linkedDevices), .. lines];
    }

    private static string Line(string path, Node node, Dictionary<Node, string> firstNames, bool linkedDevices)
    {
        var linked = !firstNames.TryAdd(node, path);
        if (linked && (linkedDevices || node.Kind is NodeKind.File or NodeKind.Symlink))
            return $"{path} = {firstNames[node]}";
        var what = node.Kind switch
        {
            NodeKind.File => $"{node.Content.Length} {Digest(node.Content)}",
            NodeKind.Symlink => "-> " + EntryName.Printable(node.Target.Span),
            NodeKind.BlockDevice or NodeKind.CharacterDevice => $"{node.DeviceMajor}:{node.DeviceMinor}",
            _ => "",
        };
        var mode = node.Kind == NodeKind.Symlink ? "" : Convert.ToString(node.Mode, 8);
        var xattrs = node.HasXattrs ? string.Join(' ', node.Xattrs.Select(xattr => $"{xattr.Key}={Short(xattr.Value)}")) : "";
        return $"{path} {node.Kind} {mode} {node.Uid}:{node.Gid} @{Math.Max(0, node.ModifiedTime)} {what} {xattrs}".TrimEnd();
    }

    private static string Short(byte[] value) =>
        value.Length <= 16 ? Convert.ToHexString(value) : $"{value.Length}:{Convert.ToHexString(SHA256.HashData(value))[..16]}";

    private static string Digest(Content content)
    {
        using var stream = content.OpenRead();
        return Convert.ToHexString(SHA256.HashData(stream))[..16];
    }
}
