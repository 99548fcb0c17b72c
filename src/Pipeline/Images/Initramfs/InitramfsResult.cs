namespace ImageBuilder.Pipeline.Images.Initramfs;

/// <summary>A finished initramfs.</summary>
/// <param name="Image">The compressed archive, ready to be handed to the kernel.</param>
/// <param name="Modules">Names of the modules in it, dependencies included, sorted.</param>
/// <param name="FromCache">It was made by an earlier build.</param>
public sealed record InitramfsResult(byte[] Image, IReadOnlyList<string> Modules, bool FromCache);
