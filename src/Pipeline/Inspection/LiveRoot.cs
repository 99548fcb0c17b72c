using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Cpio;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Images;
using ImageBuilder.Pipeline.Inspection.Reports;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>Finds the SquashFS images in a live ISO that make its root.</summary>
/// <remarks>
/// Most have one; ours may have several, in the order of their stack manifest. Ubuntu's casper stacks those of /casper: "layerfs-path=a.b.c.squashfs" on the kernel command line, or LAYERFS_PATH in the
/// initramfs' conf/conf.d/default-layer.conf, means a.squashfs, over it a.b.squashfs, over it a.b.c.squashfs. Without either it stacks all, by name.
/// </remarks>
internal static class LiveRoot
{
    private const string Casper = "/casper";
    private const string LayerWord = "layerfs-path=";
    private const string LayerSetting = "LAYERFS_PATH=";
    private const string LayerConfiguration = "/conf/conf.d/default-layer.conf";
    private const int LargestConfiguration = 1 << 16;
    private static readonly string[] Extensions = [".squashfs", ".sfs", ".sqfs"];

    /// <summary>Where live systems keep their root, in the order of preference: ours and live-build's, Ubuntu's.</summary>
    private static readonly string[] Folders = ["/live", Casper];

    /// <summary>The paths of the images, the lowest first.</summary>
    /// <param name="name">How to call the ISO.</param>
    /// <param name="iso">Its files.</param>
    /// <exception cref="ImageException">IB5201: none, or several that nothing puts in order. IB7800: a layer is not there. Errors of <see cref="CpioImage"/>.</exception>
    public static IReadOnlyList<string> Find(string name, Tree iso)
    {
        if (Stack(iso) is { } own)
            return own;
        var all = Layers(iso).Select(layer => layer.Path).ToArray();
        var candidates = Folders.Select(folder => all.Where(path => path.StartsWith(folder + "/", StringComparison.OrdinalIgnoreCase)).ToArray())
            .FirstOrDefault(found => found.Length > 0) ?? all;
        if (candidates.Length > 1 && candidates[0].StartsWith(Casper + "/", StringComparison.Ordinal))
            return TopOfStack(iso) is { } top ? Stack(name, iso, top) : [.. candidates.Where(path => path.LastIndexOf('/') == Casper.Length).Order(StringComparer.Ordinal)];
        var usual = candidates.Where(path => Path.GetFileNameWithoutExtension(path) == "filesystem").ToArray();
        return candidates.Length == 1 ? candidates : usual.Length == 1 ? usual
            : throw new ImageException(ImageErrorKind.Unsupported, "IB5201", candidates.Length == 0
                ? $"{name}: this ISO holds no SquashFS image, so no live system that is known here"
                : $"{name}: this ISO holds several SquashFS images and none of them is called filesystem: {string.Join(", ", candidates)}");
    }

    /// <summary>As <see cref="Find"/> for a folder that a live ISO was unpacked to; null for any other, such as a root file system.</summary>
    /// <exception cref="ImageException">IB6001: the manifest is damaged. IB7800: a layer is not there.</exception>
    public static IReadOnlyList<string>? FindInFolder(string name, Tree folder)
    {
        if (folder.Resolve("/etc") is not null || folder.Resolve("/usr") is not null
            || !Layers(folder).Any(layer => Folders.Any(parent => layer.Path.StartsWith(parent + "/", StringComparison.Ordinal)) && SquashFsImage.IsSquashFs(layer.Node.Content)))
            return null;
        try
        {
            return Find(name, folder);
        }
        catch (ImageException error) when (error.Id == "IB5201")
        {
            return null; // which image is its root is not known; the folder's own files are all the same
        }
    }

    /// <summary>Every file of an ISO that is called as SquashFS images are.</summary>
    public static IEnumerable<(string Path, Node Node)> Layers(Tree iso) => iso.Walk()
        .Where(entry => entry.Node.Kind == NodeKind.File && Extensions.Any(extension => entry.Path.EndsWith(extension, StringComparison.OrdinalIgnoreCase)));

    /// <summary>The initramfs where live-build and Ubuntu keep theirs; null when there is none.</summary>
    public static Content? Initramfs(Tree iso) => Folders
        .SelectMany(folder => iso.Resolve(folder)?.Children ?? Enumerable.Empty<KeyValuePair<EntryName, Node>>())
        .FirstOrDefault(entry => entry.Value.Kind == NodeKind.File && entry.Key.ToString().StartsWith("initrd", StringComparison.Ordinal)).Value?.Content;

    /// <summary>The layers of one of our own ISOs with several, by the manifest of its stack; null for others.</summary>
    /// <exception cref="ImageException">IB6001: the manifest is damaged. IB7800: a layer is not there.</exception>
    private static List<string>? Stack(Tree iso)
    {
        if (iso.Resolve(LiveIso.StackPath) is not { Kind: NodeKind.File } file)
            return null;
        var count = StackManifest.Parse(file.Content.ToArray(LargestConfiguration)).Layers.Count;
        var paths = Enumerable.Range(0, count).Reverse().Select(LiveIso.LayerPath).ToList();
        return paths.Find(path => iso.Resolve(path) is not { Kind: NodeKind.File }) is { } missing
            ? throw new ImageException(ImageErrorKind.Corrupt, "IB7800", $"{LiveIso.StackPath} names {count} layers, and {missing} is not there")
            : paths;
    }

    /// <summary>The name of the topmost layer: of the first menu entry that names one, else of the initramfs; null when casper stacks all.</summary>
    private static string? TopOfStack(Tree iso)
    {
        var words = BootMenu.Read(iso).SelectMany(entry => entry.CommandLine.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (words.FirstOrDefault(word => word.StartsWith(LayerWord, StringComparison.Ordinal)) is { } chosen)
            return chosen[LayerWord.Length..];
        if (Initramfs(iso) is not { } initramfs || CpioImage.Read(initramfs).Tree.Resolve(LayerConfiguration) is not { Kind: NodeKind.File, Content.Length: < LargestConfiguration } file)
            return null;
        return Encoding.UTF8.GetString(file.Content.ToArray()).Split('\n').Select(line => line.Trim())
            .LastOrDefault(line => line.StartsWith(LayerSetting, StringComparison.Ordinal))?[LayerSetting.Length..].Trim('"', '\'');
    }

    private static List<string> Stack(string name, Tree iso, string top)
    {
        var (stem, extension) = (Path.GetFileNameWithoutExtension(top), Path.GetExtension(top));
        var parts = stem.Split('.');
        var stack = Enumerable.Range(1, parts.Length).Select(count => $"{Casper}/{string.Join('.', parts[..count])}{extension}").ToList();
        return stack.Find(path => iso.Resolve(path) is not { Kind: NodeKind.File }) is { } missing
            ? throw new ImageException(ImageErrorKind.Unsupported, "IB7800", $"{name}: its root is to be the stack of {top}, and the layer {missing} is not there")
            : stack;
    }
}
