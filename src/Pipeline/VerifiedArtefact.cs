namespace ImageBuilder.Pipeline;

/// <summary>One file of two builds, compared.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sha256">Digest of the first, lower-case hex.</param>
/// <param name="Differences">What differs, line by line; empty when the two are the same.</param>
public sealed record VerifiedArtefact(string Name, string Sha256, IReadOnlyList<string> Differences)
{
    /// <summary>True when both are the same, byte for byte.</summary>
    public bool IsIdentical => Differences.Count == 0;
}
