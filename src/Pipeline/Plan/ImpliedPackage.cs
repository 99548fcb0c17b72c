namespace ImageBuilder.Pipeline.Plan;

/// <summary>A package that a key of the spec brings along.</summary>
/// <param name="Name">The package.</param>
/// <param name="Reason">The key and its value, such as "locale de_DE.UTF-8".</param>
public sealed record ImpliedPackage(string Name, string Reason);
