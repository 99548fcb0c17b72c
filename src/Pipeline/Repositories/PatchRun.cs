using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Evidence;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Repositories;

/// <summary>`imagebuilder patch`: writes the layer that makes one image's tree of another's.</summary>
/// <param name="reporter">Hears the steps.</param>
public sealed class PatchRun(IBuildReporter reporter)
{
    // In an output folder the disk counts before the medium: updates are for disks.
    private static readonly string[] Artefacts = ["*.img", "*.iso", "*.squashfs"];

    /// <summary>Makes the patch.</summary>
    /// <param name="before">The old image: an output folder, a disk image, an ISO, a SquashFS image, a tar archive, a folder.</param>
    /// <param name="after">The new one.</param>
    /// <param name="target">The layer; appears whole or not at all.</param>
    /// <param name="compression">How it is compressed; null as the new image is, where that is packed.</param>
    /// <param name="jobs">Threads.</param>
    /// <param name="force">Replace the target when it exists.</param>
    /// <param name="cancel">Stops; nothing is left.</param>
    /// <exception cref="ImageException">IB5003: the target exists. IB7223: an output folder without one image. IB7224: the target cannot be written. Errors of <see cref="ImageTree"/>.</exception>
    public PatchResult Run(string before, string after, string target, SquashFsOptions? compression, int jobs, bool force, CancellationToken cancel)
    {
        target = Path.GetFullPath(target);
        if (!force && Path.Exists(target))
            throw new ImageException(ImageErrorKind.Io, "IB5003", $"{target} exists already; --force replaces it");
        using var old = ImageTree.Open(ImageIn(before), cancel);
        using var changed = ImageTree.Open(ImageIn(after), cancel);
        try
        {
            using var work = WorkFolder.Create(Path.GetDirectoryName(target) ?? "/");
            var temporary = Path.Combine(work.Path, "patch.squashfs");
            var patch = PatchLayer.Between(old.Tree, changed.Tree, cancel);
            var size = patch.Write(temporary, (compression ?? Like(changed)) with { Jobs = jobs }, reporter, cancel);
            string digest;
            using (var written = File.OpenHandle(temporary))
                digest = RepositoryFolder.DigestOf(Content.From(written, 0, size, temporary)).Sha256;
            File.Move(temporary, target, overwrite: true);
            return new PatchResult(patch.Changed, patch.Removed, size, changed.Layers.Count == 0 ? null : changed.Layers.Sum(layer => layer.Content.Length), digest);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageErrorKind.Io, "IB7224", $"writing {target} failed: {error.Message.TrimEnd('.')}; nothing half made was left", error);
        }
    }

    /// <summary>The line for people: "41 files changed, 6 removed, 1.9 MB, 1.3 % of the full image".</summary>
    public static string ToText(PatchResult result) => $"{PublishRun.Counts(result.Changed, result.Removed)}, {ByteSize.Text(result.Size)}"
        + (result.FullSize is > 0 and var full ? string.Create(CultureInfo.InvariantCulture, $", {100.0 * result.Size / full:0.0} % of the full image") : "");

    private static SquashFsOptions Like(ImageTree image) =>
        new() { Compression = image.Layers.Count > 0 && Enum.TryParse<SquashFsCompression>(image.Layers[^1].Image.Describe().Compressor, ignoreCase: true, out var compressor) ? compressor : SquashFsCompression.Zstd };

    /// <summary>The image in a folder that a build wrote to; any other path as it is.</summary>
    private static string ImageIn(string path)
    {
        if (!File.Exists(Path.Combine(path, Sha256Sums.FileName)))
            return path;
        var found = Artefacts.Select(pattern => Directory.GetFiles(path, pattern)).FirstOrDefault(files => files.Length > 0) ?? [];
        return found is [var only] ? only
            : throw new ImageException(ImageErrorKind.Spec, "IB7223", $"{path} has {(found.Length == 0 ? "no image" : $"several images: {string.Join(", ", found.Order(StringComparer.Ordinal))}; name one of them")}");
    }
}
