using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Oci;

/// <summary>
/// The whiteouts of container layers, which are files whose names begin with ".wh." (OCI image specification, layer.md, "Whiteouts"; the
/// names come from AUFS), turned into overlayfs's own. Layers that hold overlayfs whiteouts already keep them.
/// </summary>
public static class OciWhiteouts
{
    private static readonly byte[] Prefix = ".wh."u8.ToArray();
    private static readonly byte[] AufsPrefix = ".wh..wh."u8.ToArray();
    private static readonly byte[] OpaqueName = ".wh..wh..opq"u8.ToArray();

    /// <summary>Replaces every marker in the layer. A marker counts for the layers below only: what the layer itself holds under the name stays.</summary>
    /// <exception cref="ImageException">IB3041: a marker is a directory, or names no file.</exception>
    public static void ToOverlay(Tree layer) => Convert(layer.Root, "/");

    private static void Convert(Node directory, string path)
    {
        foreach (var (name, node) in directory.Children.ToArray())
        {
            if (!name.Bytes.StartsWith(Prefix))
            {
                if (node.IsDirectory)
                    Convert(node, $"{path}{name}/");
                continue;
            }
            if (node.IsDirectory)
                throw Wrong(path, name, "is a directory; a marker is an empty file");
            directory.Children.Remove(name);
            if (name.Bytes.SequenceEqual(OpaqueName))
                TreeMerge.SetOpaque(directory);
            else if (!name.Bytes.StartsWith(AufsPrefix)) // AUFS's own bookkeeping, as .wh..wh.plnk
                Delete(directory, name, path);
        }
    }

    private static void Delete(Node directory, EntryName marker, string path)
    {
        var rest = marker.Bytes[Prefix.Length..];
        if (rest.IsEmpty || rest.SequenceEqual("."u8) || rest.SequenceEqual(".."u8))
            throw Wrong(path, marker, "names no file that could be deleted");
        var name = EntryName.From(rest);
        if (!directory.Children.TryGetValue(name, out var added))
            directory.Children[name] = Node.Device(NodeKind.CharacterDevice, 0, 0);
        else if (added.IsDirectory)
            TreeMerge.SetOpaque(added); // a new directory takes the place of the old one
    }

    private static ImageException Wrong(string path, EntryName name, string what) => new(ImageErrorKind.Corrupt, "IB3041", $"the whiteout {path}{name} {what}");
}
