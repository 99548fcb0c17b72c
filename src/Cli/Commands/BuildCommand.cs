using System.CommandLine;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Pipeline;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder build`.</summary>
internal static class BuildCommand
{
    public static Command Create()
    {
        var spec = SharedOptions.Spec();
        var (set, output, force, refresh, jobs, progress) = (SharedOptions.Set(), SharedOptions.OutputFolder(), SharedOptions.Force(), SharedOptions.Refresh(), SharedOptions.Jobs(), SharedOptions.Progress());
        var format = new Option<string[]>("--format", "-t") { Description = "Only these of the spec's outputs" };
        var noCache = SharedOptions.NoCache();
        var writeLock = new Option<bool>("--lock") { Description = "Write down beside the spec, in its .lock file, every package version that this build installs" };
        var locked = SharedOptions.Locked();
        var command = new Command("build", "Build a spec's images") { spec, set, output, format, force, refresh, writeLock, locked, noCache, jobs, progress };
        command.Validators.Add(result =>
        {
            if (result.GetValue(writeLock) && result.GetValue(locked))
                result.AddError("--lock writes the lock and --locked uses it: one of the two");
        });
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var file = parsed.GetRequiredValue(spec);
            if (SpecFile.Load(file, parsed.GetValue(set) ?? [], parsed.GetValue(locked)) is not { } plan)
                return ExitCode.Usage;
            if (parsed.GetValue(format) is { Length: > 0 } wanted)
                plan = plan with { Outputs = Choose(plan, wanted) };
            var result = Reporters.Run(progress.In(parsed), reporter => new BuildRun(plan, Options(parsed.GetRequiredValue(output)) with
            {
                Force = parsed.GetValue(force),
                Refresh = parsed.GetValue(refresh),
                UsesCache = !parsed.GetValue(noCache),
                Jobs = parsed.GetValue(jobs),
                LockFile = parsed.GetValue(writeLock) ? Path.GetFullPath(PackageLock.PathFor(file)) : null,
            }, reporter).Run(cancel), cancel);
            if (progress.In(parsed) == ProgressMode.Json)
                JsonLines.Result(Console.Error, result);
            foreach (var artefact in result.Artefacts)
                Console.WriteLine(artefact);
            return ExitCode.Done;
        }, CancellationToken.None));
        return command;
    }

    /// <summary>How builds run when nothing else is asked for.</summary>
    public static BuildOptions Options(string outputFolder) => new()
    {
        OutputFolder = outputFolder,
        CacheFolder = BaseCache.DefaultFolder(),
        InitProgram = Path.Combine(AppContext.BaseDirectory, "device", "init"),
        AgentProgram = Path.Combine(AppContext.BaseDirectory, "device", "imageagent"),
    };

    private static OutputKind[] Choose(BuildPlan plan, string[] wanted)
    {
        var kinds = new List<OutputKind>();
        foreach (var name in wanted)
            kinds.Add(plan.Outputs.Cast<OutputKind?>().FirstOrDefault(kind => kind.ToString()!.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw new Formats.ImageException(Formats.ImageErrorKind.Spec, "IB1902", $"--format {name}: the spec's outputs are {string.Join(", ", plan.Outputs).ToLowerInvariant()}"));
        return [.. kinds];
    }
}
