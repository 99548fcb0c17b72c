using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Differences;

/// <summary>Compares two images, tars or folders, also one of a kind with one of another.</summary>
public static class ImageDiff
{
    /// <summary>Everything that differs.</summary>
    /// <param name="before">The first.</param>
    /// <param name="after">The second.</param>
    /// <param name="ignore">Names of aspects that do not count, of <see cref="TreeDiff.AspectNames"/>.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="Formats.ImageException">One of them cannot be read.</exception>
    public static ImageDifferences Compare(OpenedImage before, OpenedImage after, IReadOnlySet<string> ignore, CancellationToken cancel) => new()
    {
        Before = before.Name,
        After = after.Name,
        Boot = Boot(before, after),
        Medium = before.Medium is { } old && after.Medium is { } young ? TreeDiff.Compare(old, young, ignore, cancel) : [],
        Files = TreeDiff.Compare(before.Tree, after.Tree, ignore, cancel),
        Packages = PackageDifference.Between(DpkgStatus.Read(before.Tree), DpkgStatus.Read(after.Tree)),
        Folders = FolderDifference.Between(before.Tree, after.Tree),
    };

    private static List<BootDifference> Boot(OpenedImage before, OpenedImage after)
    {
        var facts = new List<BootDifference> { new("kernel", Kernels(before), Kernels(after)) };
        if (before.BootSet is { } old && after.BootSet is { } young)
        {
            facts.Add(new BootDifference("kernel image", Digest(old.Kernel), Digest(young.Kernel)));
            facts.Add(new BootDifference("initramfs", Digest(old.Initramfs), Digest(young.Initramfs)));
            facts.Add(new BootDifference("command line", old.CommandLine, young.CommandLine));
        }
        return [.. facts.Where(fact => fact.Before.Length > 0 || fact.After.Length > 0)];
    }

    private static string Kernels(OpenedImage image) =>
        string.Join(' ', image.Tree.Resolve("/usr/lib/modules") is { IsDirectory: true } folder ? folder.Children.Keys.Select(name => name.ToString()) : []);

    private static string Digest(Content content) => $"{content.Length} bytes, sha256 {Sha256Digest.HexOf(content)[..16]}…";
}
