using System.Security.Cryptography;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Writing;

/// <summary>SHA256SUMS beside an image, in the format of sha256sum(1): digest, blank, blank or '*', name.</summary>
public static class ChecksumFile
{
    /// <summary>The name that such a file has.</summary>
    public const string Name = "SHA256SUMS";
    private const int DigestLength = 64, BlockLength = 4 << 20;

    /// <summary>The digest that stands there for an image, in lower case; null when there is no such file, or the image is not in it.</summary>
    public static string? Find(string image)
    {
        var sums = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(image))!, Name);
        if (!File.Exists(sums))
            return null;
        return File.ReadLines(sums)
            .Where(line => line.Length > DigestLength + 2 && line[(DigestLength + 2)..] == Path.GetFileName(image) && line[..DigestLength].All(char.IsAsciiHexDigit))
            .Select(line => line[..DigestLength].ToLowerInvariant()).FirstOrDefault();
    }

    /// <summary>Reads the whole image and compares.</summary>
    /// <exception cref="ImageException">IB5409: it is not the image that the digest was made of.</exception>
    public static void Check(Content image, string name, string expected, IBuildReporter reporter, CancellationToken cancel)
    {
        using var step = reporter.Begin("checksum");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BlockLength];
        for (long at = 0; at < image.Length; at += buffer.Length)
        {
            cancel.ThrowIfCancellationRequested();
            var block = buffer.AsSpan(0, (int)Math.Min(buffer.Length, image.Length - at));
            image.Read(at, block);
            hash.AppendData(block);
            step.Progress(at + block.Length, image.Length);
        }
        var found = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (found != expected)
            throw new ImageException(ImageErrorKind.Corrupt, "IB5409", $"{name} is damaged: its SHA-256 is {found}, {Name} beside it says {expected}; nothing was written. Build or download it again");
        step.Complete($"as {Name} says");
    }
}
