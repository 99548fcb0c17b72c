using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Images.Initramfs;

/// <summary>A kernel in a tree.</summary>
/// <param name="Version">Its release: "6.12.57+deb13-amd64".</param>
/// <param name="Path">Where it is in the tree.</param>
/// <param name="File">The kernel itself.</param>
public sealed record KernelImage(string Version, string Path, Node File);
