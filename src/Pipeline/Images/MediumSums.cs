using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Images;

/// <summary>The sums of a medium's files, as sha256sum(1) writes and checks them; `ib.checksum` compares them at boot.</summary>
internal sealed class MediumSums
{
    /// <summary>Where they lie on the medium. What the ISO writer adds, such as the boot catalogue, is not among them.</summary>
    public const string Path = "/sha256sum.txt";

    private readonly Dictionary<Content, string> known = [];

    /// <summary>A content whose digest is known already, in lower-case hexadecimal digits.</summary>
    public void Know(Content content, string digest) => known[content] = digest;

    /// <summary>A line for every file of a tree.</summary>
    public string Of(Tree tree)
    {
        var lines = new StringBuilder();
        foreach (var (path, node) in tree.Walk().Where(entry => entry.Node.Kind == NodeKind.File).OrderBy(entry => entry.Path.ToString(), StringComparer.Ordinal))
            lines.Append($"{Digest(node.Content)}  .{path}\n");
        return lines.ToString();
    }

    private string Digest(Content content) => known.GetValueOrDefault(content) ?? Sha256Digest.HexOf(content);
}
