using System.CommandLine;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Formats;
using ImageBuilder.Pipeline;
using ImageBuilder.Pipeline.Repositories;
using ImageBuilder.Pipeline.Signing;
using ImageBuilder.Update.Channels;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder verify`: do two builds give the same bytes?</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var spec = SharedOptions.Spec();
        var (set, output, locked, jobs, progress) = (SharedOptions.Set(), SharedOptions.OutputFolder(), SharedOptions.Locked(), SharedOptions.Jobs(), SharedOptions.Progress());
        output.Description = "Where the builds lie while they are compared";
        var against = new Option<string>("--against") { Description = "Build once, and compare with this image that somebody else made, or with all of it in a folder", HelpName = "ARTEFACT" };
        var publicKey = new Option<string[]>("--public-key") { Description = "Of a repository: a key that devices trust, as the spec names it (repeatable)", HelpName = "FILE" };
        var threshold = new Option<int>("--threshold") { Description = "Of a repository: how many of these keys must sign a change of keys", HelpName = "N", DefaultValueFactory = _ => 1, CustomParser = result => SharedOptions.Number(result, 1, ChannelDocument.MaxKeys) };
        spec.Description = "The spec, a YAML file; or the folder of an update repository";
        var command = new Command("verify", "Build a spec twice, from the packages on, and compare every byte; or check every blob and signature of an update repository. Exit code 1 when something is wrong") { spec, set, against, locked, publicKey, threshold, output, jobs, progress };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var file = parsed.GetRequiredValue(spec);
            if (RepositoryCheck.IsRepository(file))
                return CheckRepository(file, parsed.GetValue(publicKey) ?? [], parsed.GetValue(threshold), progress.In(parsed), cancel);
            if (Directory.Exists(file))
                throw new ImageException(ImageErrorKind.Unsupported, "IB5332", $"{file} is a folder, and no update repository: expected one with oci-layout and index.json, or a spec");
            if (SpecFile.Load(file, parsed.GetValue(set) ?? [], parsed.GetValue(locked)) is not { } plan)
                return ExitCode.Usage;
            var options = BuildCommand.Options(parsed.GetRequiredValue(output)) with { Jobs = parsed.GetValue(jobs) };
            var artefacts = Reporters.Run(progress.In(parsed), reporter =>
            {
                var run = new VerifyRun(plan, options, reporter);
                return parsed.GetValue(against) is { } made ? run.Against(made, cancel) : run.Twice(cancel);
            }, cancel);
            foreach (var artefact in artefacts)
                Console.WriteLine(artefact.IsIdentical ? $"identical  {artefact.Sha256}  {artefact.Name}" : $"different  {string.Join('\n', artefact.Differences)}");
            return artefacts.All(artefact => artefact.IsIdentical) ? ExitCode.Done : ExitCode.Failed;
        }, CancellationToken.None));
        return command;
    }

    private static int CheckRepository(string path, string[] publicKeys, int threshold, ProgressMode progress, CancellationToken cancel)
    {
        var report = Reporters.Run(progress, reporter => new RepositoryCheck([.. publicKeys.Select(KeyFiles.ReadPublic)], threshold, DateTimeOffset.UtcNow.ToUnixTimeSeconds(), reporter).Run(path, cancel), cancel);
        foreach (var channel in report.Channels)
            Console.WriteLine(channel);
        foreach (var finding in report.Findings)
            Console.WriteLine($"{(finding.IsError ? "wrong" : "note")}: {finding.Text}");
        if (publicKeys.Length == 0)
            Console.WriteLine("note: whose signatures they should be was not checked; --public-key names the keys that devices trust");
        Console.WriteLine($"{report.Blobs} blobs, {ByteSize.Text(report.Bytes)}: {(report.IsWhole ? "all is there, and whole" : "a device cannot use all of it")}");
        return report.IsWhole ? ExitCode.Done : ExitCode.Failed;
    }
}
