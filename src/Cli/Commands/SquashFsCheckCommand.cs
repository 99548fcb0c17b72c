using System.CommandLine;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder squashfs check`.</summary>
internal static class SquashFsCheckCommand
{
    public static Command Create()
    {
        var image = new Argument<string>("IMAGE") { Description = "A SquashFS image, or a live ISO with one inside" };
        var progress = SharedOptions.Progress();
        var command = new Command("check", "Decompress every block and compare every table of an image; exit code 1 when something is wrong") { image, progress };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var findings = Reporters.Run(progress.In(parsed), reporter => SquashFsCheck.Run(parsed.GetRequiredValue(image), reporter, cancel), cancel);
            foreach (var finding in findings)
                Console.WriteLine(EntryName.Printable(finding.Message));
            if (findings.Count == 0)
                Console.WriteLine($"{parsed.GetRequiredValue(image)}: every table and block is right");
            return findings.Count == 0 ? ExitCode.Done : ExitCode.Failed;
        }, CancellationToken.None));
        return command;
    }
}
