namespace ImageBuilder.Qemu.Scenarios;

/// <summary>A boot test: an image and what to do with it.</summary>
/// <param name="Path">The file it came from.</param>
/// <param name="Name">Its name in reports; the file's name unless it says otherwise.</param>
/// <param name="Image">Absolute path of the artefact, or of the spec to build.</param>
/// <param name="Steps">At least one.</param>
public sealed record Scenario(string Path, string Name, string Image, IReadOnlyList<ScenarioStep> Steps);
