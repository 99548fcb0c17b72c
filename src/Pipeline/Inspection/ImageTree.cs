using ImageBuilder.Formats;
using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Sources;
using ImageBuilder.Update.Folders;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>
/// The file tree in whatever holds one: a folder, a tar archive, a SquashFS image, a live ISO or an appliance's disk with one or several SquashFS images
/// inside. Content stays where it is, so this is kept open as long as the tree is used.
/// </summary>
public sealed class ImageTree : IDisposable
{
    // ustar's magic (POSIX.1-2017 pax, "ustar Interchange Format").
    private const int TarMagicOffset = 257;
    private readonly OpenFiles files = new();

    private ImageTree(string path, bool unpackedMedium, CancellationToken cancel)
    {
        if (Directory.Exists(path))
        {
            (Kind, Tree) = ("folder", FolderScanner.ScanTree(path));
            if (unpackedMedium && LiveRoot.FindInFolder(path, Tree) is { } layers)
            {
                Medium = Tree;
                Layers = [.. layers.Select(layer => OpenLayer(Medium, layer))];
                Tree = Merge(Layers);
            }
            return;
        }
        try
        {
            var content = KeepOpen(path);
            if (SquashFsImage.IsSquashFs(content))
            {
                Kind = "squashfs";
                Layers = [new ImageLayer(null, content, SquashFsImage.Open(content))];
            }
            else if (IsoVolume.IsAt(content))
            {
                (Kind, Medium) = ("iso", IsoVolume.Open(content).ReadTree());
                Layers = [.. LiveRoot.Find(path, Medium).Select(layer => OpenLayer(Medium, layer))];
            }
            else if (DeviceDisk.OpenIfDisk(content) is { } disk)
            {
                (Kind, Medium, Disk) = ("disk", disk.Tree, disk);
                Layers = [.. disk.Layers.Select((layer, number) => new ImageLayer(DeviceDisk.LayerPath(number), layer, SquashFsImage.Open(layer))).Reverse()];
            }
            else if (CompressedTar.FormatOf(content) != CompressionFormat.None || Holds(content, TarMagicOffset, "ustar"u8))
            {
                (Kind, Tree) = ("tar", ReadTar(path, content, cancel));
                return;
            }
            else
            {
                throw new ImageException(ImageErrorKind.Unsupported, "IB5200", $"{path} is neither a folder, a tar archive, a SquashFS image, an ISO nor the disk image of an appliance");
            }
            Tree = Merge(Layers);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>The tree.</summary>
    public Tree Tree { get; }

    /// <summary>What it was found in: "folder", "tar", "squashfs", "iso" or "disk".</summary>
    public string Kind { get; }

    /// <summary>The files of the medium; null unless it is an ISO, also an unpacked one, or a disk.</summary>
    public Tree? Medium { get; }

    /// <summary>The disk; null unless it is one of an appliance.</summary>
    internal DeviceDisk? Disk { get; }

    /// <summary>The SquashFS images that hold the tree, the lowest first; empty for a folder that is no unpacked ISO, and a tar.</summary>
    public IReadOnlyList<ImageLayer> Layers { get; } = [];

    /// <summary>Opens what is at a path.</summary>
    /// <param name="path">A folder, a tar archive (also compressed by gzip, xz or zstd), a SquashFS image, an ISO or a disk image.</param>
    /// <param name="cancel">Stops unpacking a compressed tar.</param>
    /// <exception cref="ImageException">IB3032: nothing is there. IB5200: it is none of these. IB5201, IB7800: see <see cref="LiveRoot"/>. Errors of the readers.</exception>
    public static ImageTree Open(string path, CancellationToken cancel = default) => new(path, unpackedMedium: false, cancel);

    /// <summary>As <see cref="Open"/>, but a folder that a live ISO was unpacked to is taken as that ISO.</summary>
    /// <exception cref="ImageException">As <see cref="Open"/>.</exception>
    public static ImageTree OpenMedium(string path, CancellationToken cancel = default) => new(path, unpackedMedium: true, cancel);

    /// <summary>Opens a SquashFS image, or the one in a live ISO, without reading its tree.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ImageException">IB3032: nothing is there. IB5200: it is neither. IB5201: an ISO without a live root, or with several layers. Errors of the readers.</exception>
    public static OpenSquashFs OpenSquashFs(string path)
    {
        var (file, content) = OpenFile(path);
        try
        {
            if (SquashFsImage.IsSquashFs(content))
                return new OpenSquashFs(SquashFsImage.Open(content), null, file);
            var disk = IsoVolume.IsAt(content) ? null : DeviceDisk.OpenIfDisk(content) ?? throw new ImageException(ImageErrorKind.Unsupported, "IB5200", $"{path} is neither a SquashFS image, an ISO nor the disk image of an appliance");
            var medium = disk?.Tree ?? IsoVolume.Open(content).ReadTree();
            var layers = disk is null ? LiveRoot.Find(path, medium) : [.. Enumerable.Range(0, disk.Layers.Count).Reverse().Select(DeviceDisk.LayerPath)];
            if (layers is not [var only])
                throw new ImageException(ImageErrorKind.Unsupported, "IB5201",
                    $"{path}: its root is a stack of several SquashFS images, {string.Join(" + ", layers)}; unpack the image with inspect --unpack and name one of them");
            var layer = OpenLayer(medium, only);
            return new OpenSquashFs(layer.Image, layer.Path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file as content; the caller disposes the handle.</summary>
    /// <exception cref="ImageException">IB3032: no such file, or it cannot be opened.</exception>
    internal static (SafeFileHandle File, Content Content) OpenFile(string path)
    {
        try
        {
            OpenFiles.RefusePipe(path);
            var file = File.OpenHandle(path);
            return (file, Content.From(file, 0, RandomAccess.GetLength(file), path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageErrorKind.Io, "IB3032", $"{path}: {(error is FileNotFoundException or DirectoryNotFoundException ? "no such file or folder" : error.Message)}", error);
        }
    }

    public void Dispose() => files.Dispose();

    private Content KeepOpen(string path)
    {
        var (file, content) = OpenFile(path);
        files.Keep(file);
        return content;
    }

    /// <summary>Reads a tar; a compressed one is unpacked where only this user can look.</summary>
    private Tree ReadTar(string path, Content content, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("imagebuilder-");
        try
        {
            return TarArchive.Read(path, content, folder.FullName, files, cancel);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static ImageLayer OpenLayer(Tree medium, string path)
    {
        var content = medium.Resolve(path)!.Content;
        return new ImageLayer(path, content, SquashFsImage.Open(content));
    }

    /// <summary>What an overlay mount of the layers shows; a single one as it is.</summary>
    private static Tree Merge(IReadOnlyList<ImageLayer> layers)
    {
        if (layers is [var only])
            return only.Image.ReadTree();
        var merged = new Tree();
        merged.Root.IsImplied = true;
        foreach (var layer in layers)
            TreeMerge.Apply(merged, layer.Image.ReadTree());
        return merged;
    }

    private static bool Holds(Content content, long offset, ReadOnlySpan<byte> expected)
    {
        if (content.Length < offset + expected.Length)
            return false;
        var bytes = new byte[expected.Length];
        content.Read(offset, bytes);
        return bytes.AsSpan().SequenceEqual(expected);
    }
}
