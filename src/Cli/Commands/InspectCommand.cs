using System.CommandLine;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Pipeline.Inspection.Reports;
using ImageBuilder.Pipeline.Inspection.Sizes;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder inspect`.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var image = new Argument<string>("IMAGE") { Description = "An ISO, SquashFS, FAT, disk, initramfs or tar image, compressed or not, whoever made it; --html takes a folder too" };
        var packages = new Option<bool>("--packages") { Description = "List every installed package" };
        var unpack = new Option<string>("--unpack") { Description = "Unpack the image's own files into a folder", HelpName = "FOLDER" };
        var html = new Option<string>("--html") { Description = "Write what takes the space to a file, as one page for the browser", HelpName = "FILE" };
        var (json, force, progress) = (SharedOptions.Json(), SharedOptions.Force(), SharedOptions.Progress());
        var command = new Command("inspect", "Explain any image: structure, boot entries, system, sizes; exit code 1 when something is damaged or unknown")
        {
            image, json, packages, unpack, html, force, progress,
        };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var path = parsed.GetRequiredValue(image);
            if (parsed.GetValue(html) is { } target)
            {
                SizeReportFile.Write(path, target, parsed.GetValue(force), cancel);
                Console.WriteLine(Path.GetFullPath(target));
                return ExitCode.Done;
            }
            using var inspection = ImageInspection.Open(path);
            if (parsed.GetValue(unpack) is { } folder)
            {
                Reporters.Run(progress.In(parsed), reporter =>
                {
                    inspection.Unpack(folder, parsed.GetValue(force), reporter, cancel);
                    return true;
                }, cancel);
                Console.WriteLine(Path.GetFullPath(folder));
                return ExitCode.Done;
            }
            var report = inspection.Explain();
            Console.Out.Write(parsed.GetValue(json) ? JsonReport.Render(report) : TextReport.Render(report, parsed.GetValue(packages)));
            return report.HasFaults ? ExitCode.Failed : ExitCode.Done;
        }, CancellationToken.None));
        return command;
    }
}
