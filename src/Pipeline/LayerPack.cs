using ImageBuilder.Formats;
using ImageBuilder.Formats.Oci;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Update.Folders;
using ImageBuilder.Update.Overlays;

namespace ImageBuilder.Pipeline;

/// <summary>
/// Makes a layer: a SquashFS image that overlayfs mounts over others. What its source says of deleted files and replaced folders, in the way of the
/// kernel or of containers, becomes overlayfs's whiteouts and opaque directories.
/// </summary>
/// <param name="reporter">Hears the steps.</param>
/// <param name="cacheFolder">As for <see cref="SquashFsPack"/>.</param>
public sealed class LayerPack(IBuildReporter reporter, string? cacheFolder)
{
    private const string OverlayPrefix = "trusted.overlay.";
    private const int NamesShown = 5;

    /// <summary>Makes the layer.</summary>
    /// <param name="source">A folder, the upper folder of an overlay mount, a tar archive, or "-" for a tar on stdin.</param>
    /// <param name="target">The image; appears whole or not at all.</param>
    /// <param name="kind">What the source is.</param>
    /// <param name="lower">The folder at which the layers below are mounted, merged when there are several: for folders of an upper that were moved, and so
    /// that no whiteout has nothing to hide, which the kernel shows as a broken file. Null when they are not at hand.</param>
    /// <param name="options">The writer's options.</param>
    /// <param name="force">Replace the target when it exists.</param>
    /// <param name="cancel">Stops; nothing is left.</param>
    /// <exception cref="ImageException">IB5156: the source is not of that kind. IB5157: lower layers that do not count, or are no folder. Errors of <see cref="SquashFsPack"/> and of <see cref="OverlayUpper"/>.</exception>
    public SquashFsSummary Run(string source, string target, LayerSource kind, string? lower, SquashFsOptions options, bool force, CancellationToken cancel)
    {
        var isFolder = Directory.Exists(source);
        if (kind is not LayerSource.Auto && isFolder != kind is LayerSource.Folder or LayerSource.Upper)
            throw new ImageException(ImageErrorKind.Spec, "IB5156", $"{source} is {(isFolder ? "a folder" : "no folder")}, and --from {kind.ToString().ToLowerInvariant()} takes {(isFolder ? "an archive" : "one")}");
        if (lower is not null && kind == LayerSource.Folder)
            throw new ImageException(ImageErrorKind.Spec, "IB5157", $"--lower {lower}: what lies below a folder does not count: leave it out, or say --from upper when {source} is an overlay's upper folder");
        if (lower is not null && !Directory.Exists(lower))
            throw new ImageException(ImageErrorKind.Spec, "IB5157", $"--lower {lower} is no folder; mount the layers below, merged when there are several, and name where");
        return new SquashFsPack(reporter, cacheFolder, folder => ReadFolder(folder, kind, lower), archive => ReadArchive(archive, lower)).Run(source, target, options, force, cancel);
    }

    private Tree ReadFolder(string folder, LayerSource kind, string? lower)
    {
        var tree = kind == LayerSource.Upper ? null : FolderScanner.ScanTree(folder);
        if (tree is null || (kind == LayerSource.Auto && (lower is not null || IsUpper(folder, tree))))
            return UpperLayer.From(OverlayUpper.Read(folder, lower), reporter.Warn);
        WarnOfMarkers(tree);
        return WarnOfRoot(TreeDifference.Whole(tree));
    }

    private Tree ReadArchive(Tree archive, string? lower)
    {
        OciWhiteouts.ToOverlay(archive);
        var implied = archive.Walk().Where(entry => entry.Node is { IsDirectory: true, IsImplied: true }).Select(entry => entry.Path).ToList();
        if (implied.Count > 0)
            reporter.Warn($"the archive has no entry of their own for {Shown(implied)}: in the layer they are root's, with mode 0755, whatever the layers below say");
        return WarnOfRoot(UpperLayer.From(OverlayUpper.Of(archive, lower), reporter.Warn));
    }

    /// <summary>Whether a folder holds overlayfs's marks, as an upper does; said, since they could be files of the tree as well.</summary>
    private bool IsUpper(string folder, Tree tree)
    {
        foreach (var (path, node) in tree.Walk().Prepend(("/", tree.Root)))
            if (node.IsWhiteout || (node.HasXattrs && node.Xattrs.Keys.Any(name => name.StartsWith(OverlayPrefix, StringComparison.Ordinal) && !name.StartsWith(TreeMerge.Escape(OverlayPrefix), StringComparison.Ordinal))))
            {
                reporter.Warn($"{folder} is taken as the upper folder of an overlay mount, since {path} has overlayfs's marks; --from folder takes them as files");
                return true;
            }
        // Only root sees all marks. A folder beside the work folder of an overlay mount is an upper, and reading it as anything else would lose them.
        return !Environment.IsPrivilegedProcess && Directory.Exists(Path.Combine(Path.GetFullPath(folder), "..", "work", "work"));
    }

    private void WarnOfMarkers(Tree tree)
    {
        var markers = tree.Walk().Where(entry => entry.Path[(entry.Path.LastIndexOf('/') + 1)..].StartsWith(".wh.", StringComparison.Ordinal)).Select(entry => entry.Path).ToList();
        if (markers.Count > 0)
            reporter.Warn($"{Shown(markers)}: in a folder these are files like others; in a tar they are whiteouts");
    }

    private Tree WarnOfRoot(Tree layer)
    {
        if (layer.Root is not { Mode: UnixMode.Octal0755, Uid: 0, Gid: 0 })
            reporter.Warn($"the layer's root has mode {Convert.ToString(layer.Root.Mode, 8)} and owner {layer.Root.Uid}:{layer.Root.Gid}: mounted on top, that is what / has; most systems need 0755 and root");
        return layer;
    }

    private static string Shown(List<string> paths) => string.Join(", ", paths.Take(NamesShown)) + (paths.Count > NamesShown ? $" and {paths.Count - NamesShown} others" : "");
}
