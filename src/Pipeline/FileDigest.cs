using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline;

/// <summary>The digest of a file of this machine.</summary>
public static class FileDigest
{
    /// <summary>Its SHA-256 as <see cref="Sha256Digest.HexOf"/> writes it.</summary>
    /// <exception cref="IOException">It could not be opened.</exception>
    /// <exception cref="ImageException">IB2010: it could not be read.</exception>
    public static string Of(string path)
    {
        using var file = File.OpenHandle(path);
        return Sha256Digest.HexOf(Content.From(file, 0, RandomAccess.GetLength(file), path));
    }
}
