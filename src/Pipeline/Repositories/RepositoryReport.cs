namespace ImageBuilder.Pipeline.Repositories;

/// <summary>What a check of a repository came to.</summary>
/// <param name="Channels">Channels, each in words.</param>
/// <param name="Blobs">Blobs that were read.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Findings">What was found.</param>
public sealed record RepositoryReport(IReadOnlyList<string> Channels, int Blobs, long Bytes, IReadOnlyList<RepositoryFinding> Findings)
{
    /// <summary>True when devices can use all that is there.</summary>
    public bool IsWhole => !Findings.Any(finding => finding.IsError);
}
