using ImageBuilder.Formats.SquashFs;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>A SquashFS image with the file it lies in, which is open as long as this.</summary>
public sealed class OpenSquashFs : IDisposable
{
    private readonly SafeFileHandle file;

    internal OpenSquashFs(SquashFsImage image, string? layer, SafeFileHandle file) => (Image, Layer, this.file) = (image, layer, file);

    /// <summary>The image.</summary>
    public SquashFsImage Image { get; }

    /// <summary>Its path inside an ISO; null when it is the file itself.</summary>
    public string? Layer { get; }

    public void Dispose() => file.Dispose();
}
