namespace ImageBuilder.Init;

/// <summary>The boot cannot go on: what is wrong, what was seen, and what to do, for a person in front of a screen.</summary>
/// <param name="problem">What was wanted and did not work; one sentence.</param>
/// <param name="remedy">What to do now; one line each.</param>
/// <param name="details">What was seen; printed as it is, one line each.</param>
internal sealed class BootException(string problem, IReadOnlyList<string>? remedy = null, IReadOnlyList<string>? details = null, Exception? inner = null)
    : Exception(problem, inner)
{
    public IReadOnlyList<string> Remedy { get; } = remedy ?? [];

    public IReadOnlyList<string> Details { get; } = details ?? [];
}
