using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests;

/// <summary>Compares a tree with what a foreign tool extracted: names, types, contents and targets both ways.</summary>
internal static class FolderComparison
{
    /// <param name="modes">Compare permission bits too.</param>
    public static void AssertSame(string folder, Tree tree, bool modes = false) =>
        Assert.Equal(Lines(folder, modes), tree.Walk().Select(entry => Line(entry.Path, entry.Node, modes)).Order(StringComparer.Ordinal));

    private static IEnumerable<string> Lines(string folder, bool modes) =>
        new DirectoryInfo(folder).EnumerateFileSystemInfos("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Select(file => Line(file, file.FullName[folder.Length..], modes)).Order(StringComparer.Ordinal);

    private static string Line(FileSystemInfo file, string path, bool modes)
    {
        if (file.LinkTarget is { } target)
            return $"{path} -> {target}";
        var mode = modes ? " " + Convert.ToString((int)file.UnixFileMode, 8) : "";
        return file is DirectoryInfo ? $"{path}/{mode}" : $"{path}{mode} {Digest(File.ReadAllBytes(file.FullName))}";
    }

    private static string Line(string path, Node node, bool modes)
    {
        var mode = modes ? " " + Convert.ToString(node.Mode, 8) : "";
        return node.Kind switch
        {
            NodeKind.Directory => $"{path}/{mode}",
            NodeKind.Symlink => $"{path} -> {Encoding.UTF8.GetString(node.Target.Span)}",
            NodeKind.File => $"{path}{mode} {Digest(node.Content.ToArray())}",
            _ => $"{path} {node.Kind}",
        };
    }

    private static string Digest(byte[] bytes) => $"{bytes.Length} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes))[..16]}";
}
