using System.Security.Cryptography;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>The identity of a plan.</summary>
public static class PlanHash
{
    /// <summary>
    /// SHA-256, lower-case hex, over all that decides the image's bytes, except what source files hold. Where the spec lies, how it is
    /// written, and budgets do not enter it.
    /// </summary>
    public static string Of(BuildPlan plan) => Convert.ToHexStringLower(SHA256.HashData(PlanJson.ToHash(plan)));
}
