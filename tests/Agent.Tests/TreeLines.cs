using System.Globalization;
using System.Security.Cryptography;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Update.Folders;

namespace ImageBuilder.Agent.Tests;

/// <summary>A folder as text, one line for each name: all that a layer keeps of it, but for hard links, which an overlay shows as long as it remembers them.</summary>
internal static class TreeLines
{
    public static IReadOnlyList<string> Of(string folder)
    {
        var tree = FolderScanner.ScanTree(folder);
        return [.. tree.Walk().Prepend(("/", tree.Root)).Select(entry => Line(entry.Item1, entry.Item2))];
    }

    private static string Line(string path, Node node)
    {
        var content = node.Kind switch
        {
            NodeKind.File => Convert.ToHexStringLower(SHA256.HashData(node.Content.ToArray())),
            NodeKind.Symlink => node.TargetText,
            _ => $"{node.DeviceMajor}:{node.DeviceMinor}",
        };
        var xattrs = node.HasXattrs ? string.Join(',', node.Xattrs.Select(xattr => $"{xattr.Key}={Convert.ToHexStringLower(xattr.Value)}")) : "";
        return string.Create(CultureInfo.InvariantCulture, $"{path} {UnixMode.Text(node.Kind, node.Mode)} {node.Uid}:{node.Gid} {node.ModifiedTime} {content} {xattrs}");
    }
}
