using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Update;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Pipeline.Repositories;

/// <summary>The stack in the disk image of an appliance, to be published.</summary>
internal sealed class StackSource : IDisposable
{
    private readonly ImageTree image;
    private readonly DeviceDisk disk;

    private StackSource(ImageTree image, DeviceDisk disk, Content boot) => (this.image, this.disk, Boot) = (image, disk, boot);

    /// <summary>The stack, as its build made it: its factory stack.</summary>
    public StackManifest Manifest => disk.Factory.Manifest;

    /// <summary>The layers in the manifest's order.</summary>
    public IReadOnlyList<Content> Layers => disk.Layers;

    /// <summary>The boot set.</summary>
    public Content Boot { get; }

    /// <summary>What the layers show.</summary>
    public Tree Tree => image.Tree;

    /// <summary>How the layers are compressed: "zstd" and so on.</summary>
    public string Compressor => image.Layers[^1].Image.Describe().Compressor;

    /// <summary>What the image asks of the device; null when it has no such file.</summary>
    public ImageSettings? Settings() => Tree.Resolve(ImageSettings.Path) is { Kind: NodeKind.File } file ? ImageSettings.Parse(file.Content.ToArray(ImageSettings.MaxLength)) : null;

    /// <summary>Opens it.</summary>
    /// <param name="path">A disk image, or the folder that a build wrote one to.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="ImageException">IB7210: no disk image of an appliance, or several. Errors of the readers.</exception>
    public static StackSource Open(string path, CancellationToken cancel)
    {
        var file = Directory.Exists(path) ? DiskIn(path) : path;
        var image = ImageTree.Open(file, cancel);
        if (image.Disk is { BootSet: { } boot } disk)
            return new StackSource(image, disk, boot);
        image.Dispose();
        throw new ImageException(ImageErrorKind.Spec, "IB7210", $"{file} is no disk image of an appliance; only those can be updated: build the spec with outputs: [disk]");
    }

    public void Dispose() => image.Dispose();

    private static string DiskIn(string folder) => Directory.GetFiles(folder, "*.img") switch
    {
        [var only] => only,
        [] => throw new ImageException(ImageErrorKind.Spec, "IB7210", $"{folder} has no disk image (*.img); build the spec with outputs: [disk]"),
        var several => throw new ImageException(ImageErrorKind.Spec, "IB7210", $"{folder} has several disk images; name one of them: {string.Join(", ", several.Order(StringComparer.Ordinal))}"),
    };
}
