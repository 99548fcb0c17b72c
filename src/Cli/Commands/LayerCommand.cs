using System.CommandLine;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Pipeline;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder layer`: a layer without a spec.</summary>
internal static class LayerCommand
{
    public static Command Create()
    {
        var source = new Argument<string>("SRC") { Description = "A folder, the upper folder of an overlay mount, a tar archive (plain, gzip, xz or zstd), or - for a tar on stdin" };
        var output = new Option<string>("--output", "-o") { Description = "The layer to write, a SquashFS image", HelpName = "FILE", Required = true };
        var from = new ChoiceOption<LayerSource>("--from", "What SRC is; auto takes a folder with overlayfs's marks as an upper", LayerSource.Auto);
        var lower = new Option<string>("--lower") { Description = "Where the layers below are mounted, merged when there are several: needed for an upper in which folders were moved, and leaves out whiteouts that hide nothing", HelpName = "FOLDER" };
        var compression = new Option<string>("--compression") { Description = "zstd, xz, gzip, lz4 or none, and a level: NAME[:LEVEL]", DefaultValueFactory = _ => "zstd:15" };
        var (jobs, force, progress) = (SharedOptions.Jobs(), SharedOptions.Force(), SharedOptions.Progress());
        var command = new Command("layer", "Make a layer from a folder, an overlay's upper or a container's tar") { source, output, from, lower, compression, jobs, force, progress };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var options = CompressionChoice.Apply(parsed.GetRequiredValue(compression), new SquashFsOptions { Jobs = parsed.GetValue(jobs) });
            var target = parsed.GetRequiredValue(output);
            var summary = Reporters.Run(progress.In(parsed), reporter =>
                new LayerPack(reporter, BaseCache.DefaultFolder()).Run(parsed.GetRequiredValue(source), target, from.In(parsed), parsed.GetValue(lower), options, parsed.GetValue(force), cancel), cancel);
            Console.WriteLine($"{target}: {summary.ImageLength} bytes, {summary.Inodes} inodes, sha256 {FileDigest.Of(target)}");
            return ExitCode.Done;
        }, CancellationToken.None));
        return command;
    }
}
