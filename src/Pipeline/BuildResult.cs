namespace ImageBuilder.Pipeline;

/// <summary>What a build made.</summary>
/// <param name="Artefacts">Absolute paths: the image first, then its evidence, SHA256SUMS last.</param>
public sealed record BuildResult(IReadOnlyList<string> Artefacts)
{
    /// <summary>The image's absolute path.</summary>
    public string Image => Artefacts[0];
}
