using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Repositories;

/// <summary>A blob of a repository.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Blob">Digest and size.</param>
/// <param name="Signs">Of a signature: the SHA-256 of what it signs, hexadecimal.</param>
public sealed record RepositoryBlob(BlobRole Role, StackBlob Blob, string? Signs = null);
