using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Cpio;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection.Differences;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>
/// Where two files that should be the same begin to differ, from the outside inwards: the byte and the structure that holds it, then the files of
/// the image that differ, and the same again inside those that are images themselves.
/// </summary>
public sealed class FirstDifference
{
    private const int FilesShown = 8;
    private const int ImagesEntered = 3;
    private const int DeepestImage = 4;
    private const int LongestLine = 160;
    private static readonly HashSet<string> NothingIgnored = [];
    private readonly List<string> lines = [];
    private readonly CancellationToken cancel;

    private FirstDifference(CancellationToken cancel) => this.cancel = cancel;

    /// <summary>What differs, line by line, the inner indented; empty when the two are the same.</summary>
    /// <exception cref="ImageException">One of the two cannot be read at all.</exception>
    public static IReadOnlyList<string> Between(string first, string second, CancellationToken cancel)
    {
        var (leftFile, left) = ImageTree.OpenFile(first);
        using (leftFile)
        {
            var (rightFile, right) = ImageTree.OpenFile(second);
            using (rightFile)
                return Between(Path.GetFileName(first), left, right, cancel);
        }
    }

    /// <summary>As the other one, for contents.</summary>
    internal static IReadOnlyList<string> Between(string name, Content left, Content right, CancellationToken cancel)
    {
        var difference = new FirstDifference(cancel);
        difference.Compare(name, left, right, 0);
        return difference.lines;
    }

    private void Compare(string name, Content left, Content right, int depth)
    {
        var common = Math.Min(left.Length, right.Length);
        var offset = left.Slice(0, common).FirstDifference(right.Slice(0, common), cancel);
        if (offset < 0 && left.Length == right.Length)
            return;
        Add(depth, $"{name} differs from byte {(offset < 0 ? common : offset)} on" + (left.Length == right.Length ? "" : $"; {left.Length} and {right.Length} bytes long"));
        if (offset >= 0)
            Add(depth + 1, Both(Locate(left, offset), Locate(right, offset)));
        if (depth < DeepestImage && Tree(left, depth) is { } before && Tree(right, depth) is { } after)
            Compare(before, after, depth + 1);
    }

    private void Compare(Tree before, Tree after, int depth)
    {
        var differences = TreeDiff.Compare(before, after, NothingIgnored, cancel);
        foreach (var difference in differences.Take(FilesShown))
            Add(depth, difference.Change switch
            {
                FileChange.Added => $"{difference.Path}: only in the second",
                FileChange.Removed => $"{difference.Path}: only in the first",
                _ => $"{difference.Path}: {string.Join(", ", difference.Aspects.Select(aspect => $"{aspect.Name} {Quote(aspect.Before)} and {Quote(aspect.After)}"))}",
            });
        if (differences.Count > FilesShown)
            Add(depth, $"and {differences.Count - FilesShown} more paths");
        var changed = differences.Where(difference => difference is { Before.Kind: NodeKind.File, After.Kind: NodeKind.File } && difference.Aspects.Any(aspect => aspect.Name == "content"));
        foreach (var difference in changed.OrderByDescending(difference => IsImage(difference.Before!.Content)).Take(ImagesEntered))
            Compare(difference.Path, difference.Before!.Content, difference.After!.Content, depth);
    }

    private static bool IsImage(Content content) => IsoVolume.IsAt(content) || SquashFsImage.IsSquashFs(content) || IsInitramfs(content);

    private static bool IsInitramfs(Content content) => CpioImage.IsCpio(content) || CompressedTar.FormatOf(content) != CompressionFormat.None;

    /// <summary>The structure that holds a byte; for text the line. A damaged image says what is wrong with it.</summary>
    private static string Locate(Content content, long offset)
    {
        try
        {
            return IsoVolume.IsAt(content) ? IsoVolume.Open(content).Locate(offset)
                : SquashFsImage.IsSquashFs(content) ? SquashFsImage.Open(content).Locate(offset)
                : DeviceDisk.OpenIfDisk(content) is { } disk ? disk.Locate(offset)
                : Line(content, offset);
        }
        catch (ImageException error)
        {
            return $"(damaged: {error.Message})";
        }
    }

    private static string Line(Content content, long offset)
    {
        var start = new byte[Math.Min(content.Length, offset + LongestLine)];
        content.Read(0, start);
        if (start.AsSpan().Contains((byte)0))
            return $"byte {start[offset]:x2}";
        var before = start.AsSpan(0, (int)offset);
        var line = Encoding.UTF8.GetString(start.AsSpan(before.LastIndexOf((byte)'\n') + 1)).Split('\n')[0];
        return $"line {before.Count((byte)'\n') + 1}: {Quote(line)}";
    }

    private Tree? Tree(Content content, int depth)
    {
        try
        {
            return IsoVolume.IsAt(content) ? IsoVolume.Open(content).ReadTree()
                : SquashFsImage.IsSquashFs(content) ? SquashFsImage.Open(content).ReadTree()
                : DeviceDisk.OpenIfDisk(content) is { } disk ? disk.Tree
                : IsInitramfs(content) ? CpioImage.Read(content).Tree
                : null;
        }
        catch (ImageException) when (CompressedTar.FormatOf(content) != CompressionFormat.None)
        {
            return null; // compressed, and no initramfs: that it differs has been said
        }
        catch (ImageException error)
        {
            Add(depth + 1, $"what is inside cannot be compared: {error.Message}");
            return null;
        }
    }

    private static string Both(string left, string right) => left == right ? left : $"{left}; in the second {right}";

    private static string Quote(string text) => text.Length == 0 ? "none" : text.Length <= LongestLine ? text : text[..LongestLine] + "…";

    private void Add(int depth, string text) => lines.Add(new string(' ', 2 * depth) + text);
}
