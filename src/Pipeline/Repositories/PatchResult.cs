namespace ImageBuilder.Pipeline.Repositories;

/// <summary>What a patch holds.</summary>
/// <param name="Changed">Files that are new or differ.</param>
/// <param name="Removed">Files that are gone.</param>
/// <param name="Size">Bytes of the patch.</param>
/// <param name="FullSize">Bytes of the new image's layers; null where it is no packed image.</param>
/// <param name="Sha256">The patch's digest, lower-case hex.</param>
public sealed record PatchResult(int Changed, int Removed, long Size, long? FullSize, string Sha256);
