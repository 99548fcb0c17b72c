namespace ImageBuilder.Pipeline.Images.Initramfs;

/// <summary>A finished initramfs.</summary>
/// <param name="Image">The compressed archive, ready to be handed to the kernel.</param>
/// <param name="Modules">Names of the modules in it, dependencies included, sorted.</param>
/// <param name="Uncompressed">Length of the archive before compression, in bytes: the memory it takes while the machine starts.</param>
public sealed record InitramfsResult(byte[] Image, IReadOnlyList<string> Modules, long Uncompressed);
