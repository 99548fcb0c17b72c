namespace ImageBuilder.Qemu.Scenarios;

/// <summary>A boot test: an image and what to do with it.</summary>
/// <param name="Path">The file it came from.</param>
/// <param name="Name">Its name in reports; the file's name unless it says otherwise.</param>
/// <param name="Image">Absolute path of the artefact, or of the spec to build.</param>
/// <param name="Prepare">A shell script that makes further media, run in a folder of its own before the first step; null for none. qemu/SCENARIOS.md has its variables.</param>
/// <param name="Steps">At least one.</param>
public sealed record Scenario(string Path, string Name, string Image, string? Prepare, IReadOnlyList<ScenarioStep> Steps)
{
    /// <summary>The number of faults that are known (src/Update/FORMAT.md lists them).</summary>
    public const int Faults = 23;

    /// <summary>The fault of an updater that it shows to be survived; null for none.</summary>
    public int? Fault { get; init; }
}
