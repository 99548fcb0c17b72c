namespace ImageBuilder.Pipeline.Spec;

/// <summary>One kind of error in a spec.</summary>
/// <param name="Id">The stable id, "IB1" and three digits: 11xx the YAML itself, 12xx keys and values, 13xx what they mean together.</param>
/// <param name="Explanation">What the kind of error means and what to do about it.</param>
public sealed record SpecError(string Id, string Explanation);
