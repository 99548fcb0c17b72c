using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Pipeline.Sources;
using ImageBuilder.Update.Repositories;

namespace ImageBuilder.Pipeline.Repositories;

/// <summary>The layer that makes one tree of another, and what there is in it.</summary>
internal sealed class PatchLayer
{
    private readonly Tree layer;
    private readonly Tree before;
    private readonly Tree after;

    private PatchLayer(Tree layer, Tree before, Tree after)
    {
        (this.layer, this.before, this.after) = (layer, before, after);
        Changed = layer.Walk().Count(entry => entry.Node is { IsDirectory: false, IsWhiteout: false });
        Removed = before.Walk().Count(entry => !entry.Node.IsDirectory && after.Find(entry.Path) is null or { IsDirectory: true });
        IsEmpty = layer.Root.Children.Count == 0 && HasSameRoot(before.Root, after.Root);
    }

    /// <summary>Files that are new or differ, in content or in anything else.</summary>
    public int Changed { get; }

    /// <summary>Files that are gone.</summary>
    public int Removed { get; }

    /// <summary>True when both trees are the same.</summary>
    public bool IsEmpty { get; }

    /// <summary>Where they differ, as a device is told: see <see cref="ChangedPaths"/>.</summary>
    public IReadOnlyList<ChangedPath> Paths() => ChangedPaths.Of(layer, before, after);

    /// <summary>Compares two trees.</summary>
    public static PatchLayer Between(Tree before, Tree after, CancellationToken cancel) => new(TreeDifference.Of(before, after, cancel), before, after);

    /// <summary>Writes the layer. Its time is that of the new tree, so that the same trees give the same bytes.</summary>
    /// <returns>Bytes of the image.</returns>
    public long Write(string path, SquashFsOptions options, IBuildReporter reporter, CancellationToken cancel)
    {
        using var step = reporter.Begin("patch");
        using var output = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 20);
        var summary = SquashFsWriter.Write(layer, output, options with { ModificationTime = SourceDateEpoch.For(after), Progress = step.Progress, Warning = reporter.Warn }, cancel);
        step.Complete(ByteSize.Text(summary.ImageLength));
        return summary.ImageLength;
    }

    private static bool HasSameRoot(Node before, Node after) =>
        (before.Mode, before.Uid, before.Gid, before.ModifiedTime) == (after.Mode, after.Uid, after.Gid, after.ModifiedTime)
        && before.Xattrs.Count == after.Xattrs.Count && before.Xattrs.All(xattr => after.Xattrs.TryGetValue(xattr.Key, out var value) && value.AsSpan().SequenceEqual(xattr.Value));
}
