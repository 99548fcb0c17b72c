using System.CommandLine;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Pipeline.Inspection;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder squashfs unpack`.</summary>
internal static class SquashFsUnpackCommand
{
    public static Command Create()
    {
        var image = new Argument<string>("IMAGE") { Description = "A SquashFS image, or a live ISO with one inside" };
        var folder = new Argument<string>("FOLDER") { Description = "Where to unpack: absent or empty; appears whole or not at all" };
        var paths = new Option<string[]>("--path") { Description = "Only this file or folder of the image (repeatable)", HelpName = "PATH" };
        var (force, progress) = (SharedOptions.Force(), SharedOptions.Progress());
        var command = new Command("unpack", "Unpack an image to a folder; root restores owners, devices and all attributes") { image, folder, paths, force, progress };
        command.SetAction((parsed, cancel) => Task.Run(() => Reporters.Run(progress.In(parsed), reporter =>
        {
            using var open = ImageTree.OpenSquashFs(parsed.GetRequiredValue(image));
            TreeUnpacker.Unpack(TreeSelection.Of(open.Image.ReadTree(), parsed.GetValue(paths) ?? []), parsed.GetRequiredValue(folder), parsed.GetValue(force), reporter, cancel);
            return ExitCode.Done;
        }, cancel), CancellationToken.None));
        return command;
    }
}
