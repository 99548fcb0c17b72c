using System.CommandLine;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection.Audit;
using ImageBuilder.Pipeline.Inspection;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder audit`.</summary>
internal static class AuditCommand
{
    public static Command Create()
    {
        var image = new Argument<string>("SPEC|IMAGE") { Description = "A spec (its image is built unless it is current), or an ISO, a SquashFS image, a tar archive or a folder" };
        var ignore = new Option<string[]>("--ignore") { Description = "Accept a finding: AU0602, or AU0602:SUBJECT for one only (repeatable)", HelpName = "ID" };
        var (set, output, json) = (SharedOptions.Set(), SharedOptions.OutputFolder(), SharedOptions.Json());
        var command = new Command("audit", "Look for what makes an image unsafe or keeps it from booting; exits with 1 on high") { image, ignore, set, output, json };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var path = parsed.GetRequiredValue(image);
            string? drivers = null;
            if (!Directory.Exists(path) && Path.GetExtension(path) is ".yaml" or ".yml")
            {
                var variables = parsed.GetValue(set) ?? [];
                drivers = SpecFile.Require(path, variables).Drivers.Profile;
                path = BootImage.Resolve(path, variables, parsed.GetRequiredValue(output), cancel).Path;
            }
            using var opened = OpenedImage.Open(path, cancel);
            var result = AuditRun.Run(AuditTarget.Of(opened, drivers), parsed.GetValue(ignore) ?? [], cancel);
            foreach (var useless in result.UselessIgnores)
                Console.Error.WriteLine($"--ignore {EntryName.Printable(useless)}: nothing of that kind was found");
            Console.Out.Write(parsed.GetValue(json) ? AuditText.ToJson(result) : AuditText.Write(result));
            return result.HasHigh ? ExitCode.Failed : ExitCode.Done;
        }, CancellationToken.None));
        return command;
    }
}
