using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Caching;
using ImageBuilder.Pipeline.Images.Initramfs;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Images;

/// <summary>Writes a tree as a layer.</summary>
internal static class LayerWriter
{
    /// <summary>Writes the layer and returns its digest, lower-case hex.</summary>
    /// <param name="plan">Says how it is compressed.</param>
    /// <param name="epoch">The time of the image.</param>
    /// <param name="layer">The layer, as overlayfs takes it.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="jobs">Threads that compress.</param>
    /// <param name="blocks">Compressed blocks of earlier builds; null compresses everything.</param>
    /// <param name="reporter">Hears the step.</param>
    /// <param name="cancel">Stops the work.</param>
    public static string Write(BuildPlan plan, DateTimeOffset epoch, Tree layer, string path, int jobs, BlockStore? blocks, IBuildReporter reporter, CancellationToken cancel)
    {
        using var step = reporter.Begin("squashfs");
        var options = new SquashFsOptions
        {
            Compression = Enum.Parse<SquashFsCompression>(plan.Compression.Compressor, ignoreCase: true),
            Level = plan.Compression.Level == 0 ? null : plan.Compression.Level,
            Sort = plan.BootOrder is { } order ? File.ReadAllLines(order) : null,
            Jobs = jobs,
            Cache = blocks,
            ModificationTime = (uint)Math.Clamp(epoch.ToUnixTimeSeconds(), 0, uint.MaxValue),
            Progress = step.Progress,
            Warning = reporter.Warn,
        };
        var before = blocks?.Counts ?? default;
        using (var output = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 20))
        {
            var summary = SquashFsWriter.Write(layer, output, options, cancel);
            step.Complete($"{ByteSize.Short(summary.ImageLength)}, {plan.Compression.Compressor}, {summary.Inodes} inodes{(blocks is null ? "" : $", {blocks.Counts - before}")}");
        }
        return FileDigest.Of(path);
    }

    /// <summary>Takes a kernel out of a tree: it is on the medium anyway.</summary>
    public static void RemoveKernel(Tree root, KernelImage kernel)
    {
        root.Remove(kernel.Path);
        // Links to the kernel that Debian keeps in the root directory would dangle.
        foreach (var link in (string[])["/vmlinuz", "/vmlinuz.old", "/boot/vmlinuz", "/boot/vmlinuz.old"])
            if (root.Find(link) is { Kind: NodeKind.Symlink } && root.Resolve(link) is null)
                root.Remove(link);
    }
}
