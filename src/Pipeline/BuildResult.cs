using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline;

/// <summary>What a build made.</summary>
/// <param name="Artefacts">Absolute paths, the image first.</param>
public sealed record BuildResult(IReadOnlyList<BuildArtefact> Artefacts);

/// <summary>One file a build made.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Path">Absolute path.</param>
/// <param name="Length">Bytes.</param>
/// <param name="InitramfsLength">Bytes of the initramfs inside.</param>
public sealed record BuildArtefact(OutputKind Kind, string Path, long Length, long InitramfsLength);
