using ImageBuilder.Formats;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Sources;
using ImageBuilder.Update.Folders;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>
/// The file tree in whatever holds one: a folder, a tar archive, a SquashFS image, or a live ISO with a SquashFS inside. Content stays
/// where it is, so this is kept open as long as the tree is used.
/// </summary>
public sealed class ImageTree : IDisposable
{
    /// <summary>Where live systems keep their root, in the order of preference: ours and live-build's, Ubuntu's.</summary>
    internal static readonly string[] LiveFolders = ["/live", "/casper"];
    private static readonly string[] LayerExtensions = [".squashfs", ".sfs", ".sqfs"];

    // ustar's magic (POSIX.1-2017 pax, "ustar Interchange Format").
    private const int TarMagicOffset = 257;
    private readonly SafeFileHandle? file;

    private ImageTree(string kind, Tree tree, SafeFileHandle? file, SquashFsImage? squashFs, string? layer) =>
        (Kind, Tree, this.file, SquashFs, Layer) = (kind, tree, file, squashFs, layer);

    /// <summary>The tree.</summary>
    public Tree Tree { get; }

    /// <summary>What it was found in: "folder", "tar", "squashfs" or "iso".</summary>
    public string Kind { get; }

    /// <summary>The SquashFS image that holds the tree; null for a folder and a tar.</summary>
    public SquashFsImage? SquashFs { get; }

    /// <summary>The path of the SquashFS image inside the ISO; null for anything else.</summary>
    public string? Layer { get; }

    /// <summary>Opens what is at a path.</summary>
    /// <param name="path">A folder, a tar archive, a SquashFS image or an ISO.</param>
    /// <param name="layer">Which SquashFS of an ISO; null finds it.</param>
    /// <param name="limits">What a SquashFS image may cost; null for the defaults.</param>
    /// <exception cref="ImageException">IB3032: nothing is there. IB5200: it is none of these. IB5201: an ISO without a live root, or with several. Errors of the readers.</exception>
    public static ImageTree Open(string path, string? layer = null, SquashFsLimits? limits = null)
    {
        if (Directory.Exists(path))
            return new ImageTree("folder", FolderScanner.ScanTree(path), null, null, null);
        var (file, content) = OpenFile(path);
        try
        {
            if (FindSquashFs(path, content, layer) is { } found)
            {
                var image = SquashFsImage.Open(found.Image, limits);
                return new ImageTree(found.Layer is null ? "squashfs" : "iso", image.ReadTree(), file, image, found.Layer);
            }
            if (Holds(content, TarMagicOffset, "ustar"u8))
                return new ImageTree("tar", TarReader.Read(content), file, null, null);
            throw new ImageException(ImageErrorKind.Unsupported, "IB5200", $"{path} is neither a folder, a tar archive, a SquashFS image nor an ISO");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens a SquashFS image, or the one in a live ISO, without reading its tree.</summary>
    /// <param name="path">The file.</param>
    /// <param name="layer">Which SquashFS of an ISO; null finds it.</param>
    /// <param name="limits">What it may cost; null for the defaults.</param>
    /// <exception cref="ImageException">IB3032: nothing is there. IB5200: it is neither. IB5201: an ISO without a live root, or with several. Errors of the readers.</exception>
    public static OpenSquashFs OpenSquashFs(string path, string? layer = null, SquashFsLimits? limits = null)
    {
        var (file, content) = OpenFile(path);
        try
        {
            var found = FindSquashFs(path, content, layer)
                ?? throw new ImageException(ImageErrorKind.Unsupported, "IB5200", $"{path} is neither a SquashFS image nor an ISO");
            return new OpenSquashFs(SquashFsImage.Open(found.Image, limits), found.Layer, file);
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

    public void Dispose() => file?.Dispose();

    /// <summary>The file's SquashFS image and, for an ISO, its path there; null when the file is neither.</summary>
    private static (Content Image, string? Layer)? FindSquashFs(string path, Content content, string? layer)
    {
        if (SquashFsImage.IsSquashFs(content))
            return (content, null);
        if (!IsoVolume.IsAt(content))
            return null;
        var iso = IsoVolume.Open(content).ReadTree();
        layer ??= FindLayer(path, iso);
        return (iso.Resolve(layer) is { Kind: NodeKind.File } found ? found.Content
            : throw new ImageException(ImageErrorKind.Unsupported, "IB5201", $"{path}: there is no file {layer} in this ISO"), layer);
    }

    /// <summary>The live system's root: the only SquashFS of a live folder, or filesystem.squashfs there; without such a folder the only one at all.</summary>
    private static string FindLayer(string path, Tree iso)
    {
        var all = iso.Walk().Where(entry => entry.Node.Kind == NodeKind.File).Select(entry => entry.Path).Where(name => LayerExtensions.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))).ToArray();
        var candidates = LiveFolders.Select(folder => all.Where(name => name.StartsWith(folder + "/", StringComparison.OrdinalIgnoreCase)).ToArray())
            .FirstOrDefault(found => found.Length > 0) ?? all;
        var usual = candidates.Where(name => Path.GetFileNameWithoutExtension(name) == "filesystem").ToArray();
        return candidates.Length == 1 ? candidates[0] : usual.Length == 1 ? usual[0]
            : throw new ImageException(ImageErrorKind.Unsupported, "IB5201", candidates.Length == 0
                ? $"{path}: this ISO holds no SquashFS image, so no live system that is known here"
                : $"{path}: this ISO holds several SquashFS images and none of them is called filesystem: {string.Join(", ", candidates)}");
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
