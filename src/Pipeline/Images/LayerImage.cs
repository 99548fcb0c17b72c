using ImageBuilder.Formats.Trees;
using ImageBuilder.Update.Stacks;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Images;

/// <summary>A read-only layer as it lies in an image.</summary>
/// <param name="Content">The SquashFS image.</param>
/// <param name="Sha256">Its digest, lower-case hex.</param>
internal sealed record LayerImage(Content Content, string Sha256)
{
    /// <summary>The layer in an open file.</summary>
    public static LayerImage Of(SafeFileHandle file, string path, string sha256) => new(Content.From(file, 0, RandomAccess.GetLength(file), path), sha256);

    /// <summary>How a stack manifest names it.</summary>
    public StackBlob Blob => new(Sha256, Content.Length);
}
