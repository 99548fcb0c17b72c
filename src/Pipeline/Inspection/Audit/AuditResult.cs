namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>What an audit came to.</summary>
/// <param name="Findings">What counts, the worst first.</param>
/// <param name="Accepted">What was found and is accepted.</param>
/// <param name="UselessIgnores">What was to be accepted and was not found.</param>
public sealed record AuditResult(IReadOnlyList<Finding> Findings, IReadOnlyList<Finding> Accepted, IReadOnlyList<string> UselessIgnores)
{
    /// <summary>True when something of high severity is not accepted.</summary>
    public bool HasHigh => Findings.Any(finding => finding.Severity == Severity.High);
}
