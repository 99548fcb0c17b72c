using System.Security.Cryptography;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Tests.Repositories;

/// <summary>Everything about a tree as text, one line a name; contents by their digests.</summary>
internal static class TreeText
{
    public static string Describe(Tree tree)
    {
        var groups = new Dictionary<Node, string>(ReferenceEqualityComparer.Instance);
        return string.Join('\n', tree.Walk().Prepend(("/", tree.Root)).Select(entry =>
        {
            var (path, node) = entry;
            var first = groups.TryGetValue(node, out var known) ? known : groups[node] = path;
            var xattrs = node.HasXattrs ? string.Join(',', node.Xattrs.OrderBy(x => x.Key, StringComparer.Ordinal).Select(x => $"{x.Key}={Convert.ToHexString(x.Value)}")) : "";
            return $"{path} {node.Kind} {node.Mode:x} {node.Uid}:{node.Gid} {node.ModifiedTime} {node.TargetText} {node.DeviceMajor}:{node.DeviceMinor} {xattrs} {Digest(node)} {first}";
        }));
    }

    private static string Digest(Node node)
    {
        if (node.Kind != NodeKind.File)
            return "";
        using var content = node.Content.OpenRead();
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }
}
