using System.Globalization;
using ImageBuilder.Formats;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>
/// The order in which a machine read the files of an image, from what QEMU traced of its reads. It is as fine as the reads are: of a fragment all files
/// count, and so does what the guest read ahead.
/// </summary>
public static class ReadOrder
{
    /// <summary>The event of QEMU that is traced (block/trace-events): "blk_co_preadv blk 0x… bs 0x… offset N bytes N flags 0x…".</summary>
    public const string TraceEvent = "blk_co_preadv";

    private const int Alignment = 512; // of a layer in a medium
    private const int ScanLength = 1 << 20;
    private const int SuperblockLength = 96;

    /// <summary>The files, each once, in the order of their first read.</summary>
    /// <param name="imagePath">The medium: a SquashFS image, a live ISO with one layer, or a disk.</param>
    /// <param name="trace">Lines of QEMU's log.</param>
    /// <exception cref="ImageException">Errors of <see cref="ImageTree.OpenSquashFs"/>. IB5440: the trace names no read of the image's files.</exception>
    public static IReadOnlyList<string> Of(string imagePath, IEnumerable<string> trace)
    {
        using var opened = ImageTree.OpenSquashFs(imagePath);
        var start = StartOf(opened, imagePath);
        // Firmware has drives too; the medium is the one of which most is read.
        var reads = trace.Select(Parse).OfType<(string Drive, long Offset, long Length)>().ToLookup(read => read.Drive);
        var paths = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (_, offset, length) in reads.MaxBy(drive => drive.Sum(read => read.Length)) ?? Enumerable.Empty<(string Drive, long Offset, long Length)>())
            foreach (var path in opened.Image.FilesIn(offset - start, length))
                if (seen.Add(path))
                    paths.Add(path);
        return paths.Count > 0 ? paths : throw new ImageException(ImageErrorKind.Unsupported, "IB5440",
            $"the machine read no file of {imagePath} through its drive: was it booted with `direct` firmware and memory alone, or is QEMU built without the trace backend `log`?");
    }

    private static (string Drive, long Offset, long Length)? Parse(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var at = Array.FindIndex(words, word => word.EndsWith(TraceEvent, StringComparison.Ordinal));
        return at >= 0 && words.Length > at + 8 && long.TryParse(words[at + 6], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            && long.TryParse(words[at + 8], NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? (words[at + 2], offset, length) : null;
    }

    /// <summary>Where the layer begins in the medium: where its superblock stands.</summary>
    private static long StartOf(OpenSquashFs opened, string imagePath)
    {
        if (opened.Layer is null)
            return 0;
        var wanted = opened.Image.ReadStart(SuperblockLength);
        using var file = File.OpenHandle(imagePath);
        var buffer = new byte[ScanLength];
        for (long offset = 0; RandomAccess.Read(file, buffer, offset) is > 0 and var read; offset += ScanLength)
            for (var at = 0; at + SuperblockLength <= read; at += Alignment)
                if (buffer.AsSpan(at, SuperblockLength).SequenceEqual(wanted))
                    return offset + at;
        throw new ImageException(ImageErrorKind.Corrupt, "IB5441", $"{imagePath}: its layer {opened.Layer} does not lie in one piece");
    }
}
