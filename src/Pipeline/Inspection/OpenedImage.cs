using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>An image opened to be looked at as a whole: its root file system and, of an ISO, also an unpacked one, or a disk, the medium around it and what starts it.</summary>
public sealed class OpenedImage : IDisposable
{
    private readonly ImageTree root;

    private OpenedImage(string path, ImageTree root)
    {
        (Name, this.root) = (Path.GetFileName(Path.GetFullPath(path).TrimEnd('/')), root);
        if (root.Medium is null)
            return;
        try
        {
            BootSet = root.Disk is { } disk ? LiveBootSet.Read(disk) : LiveBootSet.Read(root.Medium);
        }
        catch (ImageException error) when (error.Id == "IB5020")
        {
            // An image of somebody else's, whose menu is another's: it has a root file system, and that can be looked at.
        }
    }

    /// <summary>The file's or folder's name.</summary>
    public string Name { get; }

    /// <summary>The root file system.</summary>
    public Tree Tree => root.Tree;

    /// <summary>The files of the medium; null unless it is an ISO, also an unpacked one, or an appliance's disk.</summary>
    public Tree? Medium => root.Medium;

    /// <summary>True for an ISO 9660 image; false for an unpacked one.</summary>
    public bool IsIso => root.Kind == "iso";

    /// <summary>True for the disk image of an appliance.</summary>
    public bool IsDisk => root.Disk is not null;

    /// <summary>Kernel, initramfs and command line of the first menu entry; null when there is none that is known.</summary>
    public LiveBootSet? BootSet { get; }

    /// <summary>The initramfs that starts it: of the boot menu's first entry, else where live-build and Ubuntu keep theirs; null when there is none.</summary>
    public Content? Initramfs => BootSet?.Initramfs ?? (Medium is null ? null : LiveRoot.Initramfs(Medium));

    /// <summary>Bytes of the SquashFS images that hold the root file system; null for a folder that is no unpacked ISO, and a tar.</summary>
    public long? PackedLength => root.Layers.Count == 0 ? null : root.Layers.Sum(layer => layer.Content.Length);

    /// <summary>The lowest layer's compressor: "gzip", "lzma", "xz", "lz4", "zstd"; null without a layer.</summary>
    public string? Compressor => root.Layers.Count == 0 ? null : root.Layers[0].Image.Describe().Compressor;

    /// <summary>What the medium calls itself in .disk/info, or a disk in its stack manifest: "live 1.0.0 amd64"; null when it does not say.</summary>
    public string? Title => root.Disk is { } disk ? $"{disk.Factory.Manifest.Name} {disk.Factory.Manifest.Version}" : Medium?.Resolve("/.disk/info") is { Kind: NodeKind.File, Content.Length: > 0 and < 4096 } info
        ? Encoding.UTF8.GetString(info.Content.ToArray()).Split('\n')[0].Trim() is { Length: > 0 } title ? title : null
        : null;

    /// <summary>Opens a folder, which may be a live ISO unpacked, a tar archive (also a compressed one), a SquashFS image, a live ISO or the disk image of an appliance.</summary>
    /// <exception cref="ImageException">IB3032, IB5200, IB5201, IB7800: see <see cref="ImageTree"/>; errors of the readers.</exception>
    public static OpenedImage Open(string path, CancellationToken cancel = default)
    {
        var root = ImageTree.OpenMedium(path, cancel);
        try
        {
            return new OpenedImage(path, root);
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    public void Dispose() => root.Dispose();
}
