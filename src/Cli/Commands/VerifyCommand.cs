using System.CommandLine;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Formats;
using ImageBuilder.Pipeline;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder verify`: do two builds give the same bytes?</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var spec = SharedOptions.Spec();
        var (set, output, locked, jobs, progress) = (SharedOptions.Set(), SharedOptions.OutputFolder(), SharedOptions.Locked(), SharedOptions.Jobs(), SharedOptions.Progress());
        output.Description = "Where the builds lie while they are compared";
        var against = new Option<string>("--against") { Description = "Build once, and compare with this image that somebody else made", HelpName = "ARTEFACT" };
        var command = new Command("verify", "Build a spec twice, from the packages on, and compare every byte; exit code 1 when one differs") { spec, set, against, locked, output, jobs, progress };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var file = parsed.GetRequiredValue(spec);
            if (Directory.Exists(file))
                throw new ImageException(ImageErrorKind.Unsupported, "IB5332", $"{file} is a folder: update repositories cannot be verified yet, only specs");
            if (SpecFile.Load(file, parsed.GetValue(set) ?? [], parsed.GetValue(locked)) is not { } plan)
                return ExitCode.Usage;
            var options = BuildCommand.Options(parsed.GetRequiredValue(output)) with { Jobs = parsed.GetValue(jobs) };
            var artefacts = Reporters.Run(progress.In(parsed), reporter =>
            {
                var run = new VerifyRun(plan, options, reporter);
                return parsed.GetValue(against) is { } artefact ? run.Against(artefact, cancel) : run.Twice(cancel);
            }, cancel);
            foreach (var artefact in artefacts)
                Console.WriteLine(artefact.IsIdentical ? $"identical  {artefact.Sha256}  {artefact.Name}" : $"different  {string.Join('\n', artefact.Differences)}");
            return artefacts.All(artefact => artefact.IsIdentical) ? ExitCode.Done : ExitCode.Failed;
        }, CancellationToken.None));
        return command;
    }
}
