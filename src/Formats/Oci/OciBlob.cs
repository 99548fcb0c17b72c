using System.Security.Cryptography;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Oci;

/// <summary>A part of an image, with what its descriptor promises.</summary>
/// <param name="Name">How to call it in messages.</param>
/// <param name="Content">The bytes as they are stored.</param>
/// <param name="Digest">"sha256:…" or "sha512:…" of the stored bytes; null when nothing promises it (layers of `docker save`).</param>
/// <param name="DiffId">The same of the uncompressed bytes, from the image's configuration; layers only.</param>
public sealed record OciBlob(string Name, Content Content, string? Digest, string? DiffId)
{
    /// <summary>The hash that a digest names, ready to be fed (OCI image specification, descriptor.md, "Digests").</summary>
    /// <exception cref="ImageException">IB3050: the algorithm is neither sha256 nor sha512.</exception>
    public static HashAlgorithm HashFor(string digest) => digest.Split(':')[0] switch
    {
        "sha256" => SHA256.Create(),
        "sha512" => SHA512.Create(),
        _ => throw new ImageException(ImageErrorKind.Unsupported, "IB3050", $"the digest '{EntryName.Printable(System.Text.Encoding.UTF8.GetBytes(digest))}' is neither sha256 nor sha512"),
    };

    /// <summary>Compares what was read with what was promised.</summary>
    /// <exception cref="ImageException">IB3051: the bytes are others.</exception>
    public static void Check(string name, byte[] hash, string digest)
    {
        var found = $"{digest.Split(':')[0]}:{Convert.ToHexStringLower(hash)}";
        if (found != digest)
            throw new ImageException(ImageErrorKind.Corrupt, "IB3051", $"{name} is damaged: its digest is {found}; expected {digest}");
    }

    /// <summary>The whole blob as bytes, checked.</summary>
    /// <exception cref="ImageException">IB3051: the bytes are others. IB2011: more than <paramref name="limit"/> bytes.</exception>
    internal byte[] Read(int limit)
    {
        var bytes = Content.ToArray(limit);
        if (Digest is not null)
        {
            using var hash = HashFor(Digest);
            Check(Name, hash.ComputeHash(bytes), Digest);
        }
        return bytes;
    }
}
