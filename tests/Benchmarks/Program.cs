using System.Diagnostics;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Sources;

// Benchmarks squashfs SOURCE OUT COMPRESSION[:LEVEL] [JOBS]: packs a folder or a tar, for timing from outside beside mksquashfs.
if (args is not ["squashfs", var source, var output, var compression, .. var rest])
{
    Console.Error.WriteLine("usage: Benchmarks squashfs SOURCE OUT COMPRESSION[:LEVEL] [JOBS]");
    return 2;
}

var watch = Stopwatch.StartNew();
using var archive = File.Exists(source) ? File.OpenHandle(source) : null;
var tree = archive is null
    ? FolderScanner.ScanTree(source)
    : TarReader.Read(Content.From(archive, 0, RandomAccess.GetLength(archive), source));
var scanned = watch.Elapsed;
var parts = compression.Split(':');
var options = new SquashFsOptions
{
    Compression = Enum.Parse<SquashFsCompression>(parts[0], ignoreCase: true),
    Level = parts.Length > 1 ? int.Parse(parts[1]) : null,
    Jobs = rest.Length > 0 ? int.Parse(rest[0]) : Environment.ProcessorCount,
    Warning = Console.Error.WriteLine,
};
using var image = File.Create(output);
var summary = SquashFsWriter.Write(tree, image, options);
Console.WriteLine($"{summary}\nscan {scanned.TotalSeconds:F3} s, all {watch.Elapsed.TotalSeconds:F3} s");
return 0;
