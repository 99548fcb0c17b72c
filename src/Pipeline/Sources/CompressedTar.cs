using System.Security.Cryptography;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Oci;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>
/// Unpacks compressed archives to plain ones: a tree's contents are read by their offset, which compressed data has not. Memory is
/// bounded; a bomb is stopped at its first bytes when it holds no tar, else at the largest archive allowed.
/// </summary>
internal static class CompressedTar
{
    /// <summary>The longest archive that is unpacked, bytes.</summary>
    public const long LongestArchive = 64L << 30;

    private const int ChunkLength = 1 << 20;

    /// <summary>What is unpacked.</summary>
    /// <param name="Name">For messages.</param>
    /// <param name="Archive">The compressed bytes.</param>
    /// <param name="Digest">Digest that the compressed bytes must have, or null.</param>
    /// <param name="UnpackedDigest">Digest that the plain archive must have, or null.</param>
    public sealed record Input(string Name, Content Archive, string? Digest = null, string? UnpackedDigest = null);

    /// <summary>How the archive is compressed, by its first bytes.</summary>
    public static CompressionFormat FormatOf(Content archive)
    {
        Span<byte> start = stackalloc byte[Decompressor.MagicLength];
        start = start[..(int)Math.Min(start.Length, archive.Length)];
        archive.Read(0, start);
        return Decompressor.Recognise(start);
    }

    /// <summary>Unpacks into a file.</summary>
    /// <param name="input">A compressed archive.</param>
    /// <param name="target">The file to write.</param>
    /// <param name="progress">Hears done and total bytes.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="ImageException">IB3043: longer than <see cref="LongestArchive"/>. IB3044: no tar is inside. IB2103, IB2104: the compressed data. IB3051: a digest differs.</exception>
    public static void Unpack(Input input, string target, Action<long, long>? progress, CancellationToken cancel)
    {
        using var stored = input.Archive.OpenRead();
        using var storedHash = OciBlob.HashFor(input.Digest ?? "sha256:");
        using var hashed = new CryptoStream(stored, storedHash, CryptoStreamMode.Read, leaveOpen: true);
        using var plainHash = OciBlob.HashFor(input.UnpackedDigest ?? "sha256:");
        using (var plain = Decompressor.Open(FormatOf(input.Archive), hashed))
        using (var output = new FileStream(target, FileMode.Create, FileAccess.Write, FileShare.None, 1))
        {
            var chunk = new byte[ChunkLength];
            for (long total = 0; ;)
            {
                cancel.ThrowIfCancellationRequested();
                var count = plain.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false);
                if (count == 0)
                    break;
                if (total == 0 && !TarReader.IsArchive(chunk.AsSpan(0, count)))
                    throw new ImageException(ImageErrorKind.Corrupt, "IB3044", $"{input.Name}: what is compressed there is no tar archive");
                total += count;
                if (total > LongestArchive)
                    throw new ImageException(ImageErrorKind.LimitExceeded, "IB3043", $"{input.Name} of {input.Archive.Length} bytes unpacks to more than {LongestArchive} bytes, the most that is allowed");
                plainHash.TransformBlock(chunk, 0, count, null, 0);
                output.Write(chunk.AsSpan(0, count));
                progress?.Invoke(stored.Position, stored.Length);
            }
        }
        plainHash.TransformFinalBlock([], 0, 0);
        hashed.CopyTo(Stream.Null); // what lies behind the compressed data counts too
        if (input.Digest is not null)
            OciBlob.Check(input.Name, storedHash.Hash!, input.Digest);
        if (input.UnpackedDigest is not null)
            OciBlob.Check(input.Name + ", unpacked", plainHash.Hash!, input.UnpackedDigest);
    }

    /// <summary>The digest of an archive as it is stored.</summary>
    public static string DigestOf(Content archive) => "sha256:" + Sha256Digest.HexOf(archive);
}
