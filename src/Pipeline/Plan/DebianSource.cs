namespace ImageBuilder.Pipeline.Plan;

/// <summary>A further Debian archive.</summary>
/// <param name="Uri">Base URI.</param>
/// <param name="Suite">Suite name.</param>
/// <param name="Components">Components; empty for a flat archive.</param>
/// <param name="Key">Absolute path of the archive's OpenPGP key file, or null for the distribution's own keys.</param>
public sealed record DebianSource(string Uri, string Suite, IReadOnlyList<string> Components, string? Key);
