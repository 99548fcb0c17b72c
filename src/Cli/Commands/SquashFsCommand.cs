using System.CommandLine;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Pipeline;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder squashfs …`: the SquashFS writer and reader by themselves.</summary>
internal static class SquashFsCommand
{
    public static Command Create() => new("squashfs", "SquashFS images by themselves: pack, list, unpack, check")
    {
        Pack(), SquashFsListCommand.Create(), SquashFsUnpackCommand.Create(), SquashFsCheckCommand.Create(),
    };

    private static Command Pack()
    {
        var source = new Argument<string>("SRC") { Description = "A folder, a tar archive (plain, gzip, xz or zstd), or - for a tar on stdin" };
        var target = new Argument<string>("OUT") { Description = "The image to write" };
        var compression = new Option<string>("--compression") { Description = "zstd, xz, gzip, lz4 or none, and a level: NAME[:LEVEL]", DefaultValueFactory = _ => "zstd:15" };
        var blockSize = new Option<int>("--block-size") { Description = "Bytes per data block, a power of two", DefaultValueFactory = _ => 128 << 10 };
        var sort = new Option<string>("--sort") { Description = "A file of PATH [PRIORITY] lines: what lies first in the image" };
        var previous = new Option<string>("--previous") { Description = "An earlier image, or a live ISO with it: what has not changed keeps its place, for small deltas" };
        var noCache = SharedOptions.NoCache();
        var (jobs, force, progress) = (SharedOptions.Jobs(), SharedOptions.Force(), SharedOptions.Progress());
        var command = new Command("pack", "Pack a folder or a tar into a SquashFS image") { source, target, compression, blockSize, sort, previous, noCache, jobs, force, progress };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var options = new SquashFsOptions
            {
                BlockSize = parsed.GetValue(blockSize),
                Jobs = parsed.GetValue(jobs),
                Sort = parsed.GetValue(sort) is { } list ? File.ReadAllLines(list) : null,
            };
            options = CompressionChoice.Apply(parsed.GetRequiredValue(compression), options);
            using var old = parsed.GetValue(previous) is { } earlier ? ImageTree.OpenSquashFs(earlier) : null;
            options = options with { Previous = old?.Image };
            var summary = Reporters.Run(progress.In(parsed), reporter =>
                new SquashFsPack(reporter, parsed.GetValue(noCache) ? null : BaseCache.DefaultFolder()).Run(parsed.GetRequiredValue(source), parsed.GetRequiredValue(target), options, parsed.GetValue(force), cancel), cancel);
            Console.WriteLine($"{parsed.GetRequiredValue(target)}: {summary.ImageLength} bytes, {summary.Inodes} inodes, {summary.DuplicateFiles} duplicate files{Kept(summary.Kept)}");
            return ExitCode.Done;
        }, CancellationToken.None));
        return command;
    }

    private static string Kept(SquashFsKept? kept) => kept is null ? ""
        : $"; {kept.KeptBytes} of {kept.DataBytes} bytes of data as in the previous image, {kept.GapBytes} in gaps{(kept.MovedRuns == 0 ? "" : $", {kept.MovedRuns} files and fragments moved to keep those small")}";
}
