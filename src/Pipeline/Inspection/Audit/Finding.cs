namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>One thing an audit found.</summary>
/// <param name="Id">The stable id, "AU" and four digits; the first two say which check.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Subject">What it is about: a path, an account, a kernel.</param>
/// <param name="Why">What was found, and why it matters.</param>
/// <param name="Remedy">What to do about it; empty when there is nothing to do.</param>
public sealed record Finding(string Id, Severity Severity, string Subject, string Why, string Remedy);
