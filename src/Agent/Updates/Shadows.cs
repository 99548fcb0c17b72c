namespace ImageBuilder.Agent.Updates;

/// <summary>What a person has changed at places where the new stack differs from the one that runs: it would hide what is new there.</summary>
internal static class Shadows
{
    /// <summary>The paths; null when they cannot be told before the new layers are here.</summary>
    public static IReadOnlyList<string>? Find(UpdateSession session, InstallPlan plan) => null;
}
