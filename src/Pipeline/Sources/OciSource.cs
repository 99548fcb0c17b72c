using ImageBuilder.Formats;
using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Oci;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Update.Folders;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>`base.oci`: the layers of a container image, one over the other; compressed ones are unpacked into the cache once, by their digest.</summary>
internal sealed class OciSource(OciBase image, BuildPlan plan, BaseCache cache, IBuildReporter reporter) : ReadySource(image, plan, cache, reporter)
{
    /// <summary>The most files that the layers may come to together, as for one tar.</summary>
    private const int MostFiles = 4_000_000;

    protected override (Tree Tree, Func<string>? Identity) Read(OpenFiles files, bool refresh, IBuildStep step, CancellationToken cancel)
    {
        var layout = Directory.Exists(image.Path) ? FolderScanner.ScanTree(image.Path)
            : ReadTar(Plain(new CompressedTar.Input(image.Path, files.Open(image.Path)), files, refresh, step, cancel), image.Path);
        var found = OpenImage(layout);
        var tree = new Tree();
        tree.Root.IsImplied = true;
        foreach (var layer in found.Layers)
        {
            cancel.ThrowIfCancellationRequested();
            step.Detail($"reading {layer.Name}");
            // Some programs leave the closing blocks out; that nothing is missing the digest has shown.
            var archive = ReadTar(PlainLayer(layer, files, refresh, step, cancel), layer.Name, mayEndOpen: true);
            OciWhiteouts.ToOverlay(archive);
            TreeMerge.Apply(tree, archive);
            if (tree.Walk().Skip(MostFiles).Any())
                throw new ImageException(ImageErrorKind.LimitExceeded, "IB3056", $"{image.Path}: up to {layer.Name} there are more than {MostFiles} files, the most that are read");
        }
        return (tree, () => found.Digest);
    }

    private OciImage OpenImage(Tree layout)
    {
        try
        {
            return OciImage.Open(layout, GoArchitecture(Architecture));
        }
        catch (ImageException error)
        {
            throw new ImageException(error.Kind, error.Id, $"{image.Path}: {error.Message}", error);
        }
    }

    private Content PlainLayer(OciBlob layer, OpenFiles files, bool refresh, IBuildStep step, CancellationToken cancel)
    {
        if (CompressedTar.FormatOf(layer.Content) == CompressionFormat.None)
        {
            // Nothing is unpacked, so nothing else looks at the bytes as a whole.
            foreach (var digest in ((string?[])[layer.Digest, layer.DiffId]).OfType<string>().Distinct())
            {
                using var hash = OciBlob.HashFor(digest);
                using var bytes = layer.Content.OpenRead();
                OciBlob.Check(layer.Name, hash.ComputeHash(bytes), digest);
            }
        }
        return Plain(new CompressedTar.Input(layer.Name, layer.Content, layer.Digest, layer.DiffId), files, refresh, step, cancel);
    }

    /// <summary>Go's name of an architecture, which container images use.</summary>
    private static string GoArchitecture(string debian) => debian switch
    {
        "i386" => "386",
        "armhf" => "arm",
        "ppc64el" => "ppc64le",
        _ => debian,
    };
}
