using System.CommandLine;
using ImageBuilder.Pipeline.Inspection.Sizes;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder inspect`.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var image = new Argument<string>("IMAGE") { Description = "A live ISO, a SquashFS image, a tar archive or a folder" };
        var html = new Option<string>("--html") { Description = "Write what takes the space to a file, as one page for the browser", HelpName = "FILE", Required = true };
        var force = SharedOptions.Force();
        var command = new Command("inspect", "Look into an image: what takes the space") { image, html, force };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var target = parsed.GetRequiredValue(html);
            SizeReportFile.Write(parsed.GetRequiredValue(image), target, parsed.GetValue(force), cancel);
            Console.WriteLine(Path.GetFullPath(target));
            return ExitCode.Done;
        }, CancellationToken.None));
        return command;
    }
}
