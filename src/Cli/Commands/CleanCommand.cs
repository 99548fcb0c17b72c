using System.CommandLine;
using ImageBuilder.Pipeline;
using ImageBuilder.Pipeline.Caching;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder clean`.</summary>
internal static class CleanCommand
{
    public static Command Create()
    {
        var command = new Command("clean", "Empty the caches of bases and compressed blocks (artefacts stay)");
        command.SetAction(_ =>
        {
            var folder = BaseCache.DefaultFolder();
            var bytes = new BaseCache(folder).Clear() + BlockStore.Clear(folder);
            Console.WriteLine($"{folder}: {ByteSize.Short(bytes)} freed");
            return ExitCode.Done;
        });
        return command;
    }
}
