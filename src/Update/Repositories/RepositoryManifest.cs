using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Repositories;

/// <summary>
/// One channel of a repository: an OCI image manifest (OCI image specification 1.1, manifest.md) that names every blob of it, so that whatever copies
/// the manifest copies all.
/// </summary>
public sealed record RepositoryManifest(IReadOnlyList<RepositoryBlob> Blobs)
{
    /// <summary>Bytes that are read at most.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>artifactType.</summary>
    public const string ArtifactType = "application/vnd.imagebuilder.channel.v1";

    /// <summary>The annotation with a blob's role.</summary>
    public const string RoleAnnotation = "org.imagebuilder.role";

    /// <summary>The annotation of a signature: the digest of what it signs.</summary>
    public const string SignsAnnotation = "org.imagebuilder.signs";

    /// <summary>The manifest's bytes.</summary>
    public byte[] ToBytes() => throw new NotSupportedException();

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="Formats.ImageException">IB6035: not such a manifest.</exception>
    public static RepositoryManifest Parse(ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

    /// <summary>The digest of the manifest of a channel in the index (index.json) of a layout; null when it has none.</summary>
    /// <exception cref="Formats.ImageException">IB6036: not an index.</exception>
    public static StackBlob? FindInIndex(ReadOnlySpan<byte> index, string channel) => throw new NotSupportedException();

    /// <summary>The signatures of a blob.</summary>
    public IEnumerable<RepositoryBlob> SignaturesOf(StackBlob blob)
    {
        foreach (var other in Blobs)
            if (other.Role == BlobRole.Signature && other.Signs == blob.Sha256)
                yield return other;
    }
}

/// <summary>A blob of a repository.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Blob">Digest and size.</param>
/// <param name="Signs">Of a signature: the SHA-256 of what it signs, hexadecimal.</param>
public sealed record RepositoryBlob(BlobRole Role, StackBlob Blob, string? Signs = null);

/// <summary>What a blob of a repository is.</summary>
public enum BlobRole
{
    /// <summary>The channel document: exactly one.</summary>
    Channel,

    /// <summary>An earlier channel document that names keys.</summary>
    Keys,

    /// <summary>A stack manifest.</summary>
    Stack,

    Layer,
    Boot,
    Signature,
}
