using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Evidence;

/// <summary>One file, told apart from every other.</summary>
/// <param name="Path">Its path on the medium, or its name in the output folder.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">SHA-256, lower-case hex.</param>
internal sealed record FileFact(string Path, long Length, string Sha256)
{
    /// <summary>Reads the content to its end.</summary>
    public static FileFact Of(string path, Content content) => new(path, content.Length, Sha256Digest.HexOf(content));
}
