using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Images;

/// <summary>An image that was made, under a name that the caller still has to change.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Layers">Where each layer is in it, the uppermost first: a path on the medium, or a partition and a byte.</param>
/// <param name="Kernel">Where the kernel is in it.</param>
/// <param name="Initramfs">Where the initramfs is in it.</param>
/// <param name="CommandLine">What the menu's first entry gives the kernel.</param>
internal sealed record MadeImage(OutputKind Kind, string Path, IReadOnlyList<string> Layers, string Kernel, string Initramfs, string CommandLine);
