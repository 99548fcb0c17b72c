using ImageBuilder.Formats;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Caching;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Pipeline.Sources;
using ImageBuilder.Update.Folders;

namespace ImageBuilder.Pipeline;

/// <summary>Packs one folder or tar into one SquashFS image: the writer by itself, without a spec.</summary>
/// <param name="reporter">Told what happens.</param>
/// <param name="cacheFolder">Where compressed blocks are kept for the next time; null for nowhere.</param>
/// <param name="readFolder">Reads a folder; null takes what is there as it is.</param>
/// <param name="readArchive">What is packed of an archive's tree; null all as it is.</param>
public sealed class SquashFsPack(IBuildReporter reporter, string? cacheFolder, Func<string, Tree>? readFolder = null, Func<Tree, Tree>? readArchive = null)
{
    /// <summary>Packs.</summary>
    /// <param name="source">A folder, a tar archive (also compressed by gzip, xz or zstd), or "-" for a tar on stdin.</param>
    /// <param name="target">The image; appears whole or not at all.</param>
    /// <param name="options">The writer's options; the time stamp is set here: SOURCE_DATE_EPOCH, else the newest file's.</param>
    /// <param name="force">Replace the target when it exists.</param>
    /// <param name="cancel">Stops; nothing is left.</param>
    /// <exception cref="ImageException">IB5003: the target exists. IB3032: no such source. IB5420: the target cannot be written. Errors of reader and writer.</exception>
    public SquashFsSummary Run(string source, string target, SquashFsOptions options, bool force, CancellationToken cancel)
    {
        try
        {
            return Pack(source, Path.GetFullPath(target), options, force, cancel);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageErrorKind.Io, "IB5420", $"writing {target} failed: {error.Message.TrimEnd('.')}; nothing half made was left", error);
        }
    }

    private SquashFsSummary Pack(string source, string target, SquashFsOptions options, bool force, CancellationToken cancel)
    {
        if (!force && File.Exists(target))
            throw new ImageException(ImageErrorKind.Io, "IB5003", $"{target} exists already; --force replaces it");
        if (Path.GetDirectoryName(target) is not { } folder || Directory.Exists(target))
            throw new ImageException(ImageErrorKind.Spec, "IB3033", $"{target} is a folder; expected the name of the image to write");
        using var cache = cacheFolder is null ? null : BlockStore.TryOpen(cacheFolder, reporter.Warn);
        // Looked at before anything of ours lies in it: the image may be written into the folder it is made from.
        var scanned = Directory.Exists(source) ? (readFolder ?? (path => FolderScanner.ScanTree(path)))(source) : null;
        using var work = WorkFolder.Create(folder);
        TarArchive? archive = null;
        using (var step = reporter.Begin("reading"))
        {
            if (scanned is null)
                archive = Open(source, work.Path, cancel);
            step.Complete();
        }
        using var open = archive;
        var tree = scanned ?? (readArchive is null ? archive!.Tree : readArchive(archive!.Tree));
        using (var step = reporter.Begin("squashfs"))
        {
            var temporary = Path.Combine(work.Path, "image.squashfs");
            SquashFsSummary summary;
            using (var output = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 20))
            {
                summary = SquashFsWriter.Write(tree, output, options with
                {
                    ModificationTime = SourceDateEpoch.For(tree),
                    Cache = cache,
                    Progress = step.Progress,
                    Warning = reporter.Warn,
                }, cancel);
            }
            File.Move(temporary, target, overwrite: true);
            step.Complete(cache?.Counts.ToString() ?? "");
            return summary;
        }
    }

    /// <summary>The tree of a tar, plain or compressed.</summary>
    private static TarArchive Open(string source, string workFolder, CancellationToken cancel)
    {
        if (source == "-")
        {
            source = Path.Combine(workFolder, "stdin.tar");
            using var spool = File.Create(source);
            using var input = Console.OpenStandardInput();
            input.CopyTo(spool);
        }
        if (!File.Exists(source))
            throw new ImageException(ImageErrorKind.Io, "IB3032", $"{source}: no such folder or tar archive");
        return TarArchive.Open(source, workFolder, cancel);
    }
}
