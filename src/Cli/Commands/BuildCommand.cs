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
        var command = new Command("build", "Build a spec's images") { spec, set, output, format, force, refresh, jobs, progress };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            if (SpecFile.Load(parsed.GetRequiredValue(spec), parsed.GetValue(set) ?? []) is not { } plan)
                return ExitCode.Usage;
            if (parsed.GetValue(format) is { Length: > 0 } wanted)
                plan = plan with { Outputs = Choose(plan, wanted) };
            var result = Run(plan, parsed.GetRequiredValue(output), parsed.GetValue(force), parsed.GetValue(refresh), parsed.GetValue(jobs), progress.In(parsed), cancel);
            if (progress.In(parsed) == ProgressMode.Json)
                JsonLines.Result(Console.Error, result);
            foreach (var artefact in result.Artefacts)
                Console.WriteLine(artefact.Path);
            return ExitCode.Done;
        }, CancellationToken.None));
        return command;
    }

    /// <summary>Builds a plan with the progress display of the given kind.</summary>
    public static BuildResult Run(BuildPlan plan, string outputFolder, bool force, bool refresh, int jobs, ProgressMode progress, CancellationToken cancel) =>
        Reporters.Run(progress, reporter => new BuildRun(plan, new BuildOptions
        {
            OutputFolder = outputFolder,
            CacheFolder = BaseCache.DefaultFolder(),
            InitProgram = Path.Combine(AppContext.BaseDirectory, "device", "init"),
            Force = force,
            Refresh = refresh,
            Jobs = jobs,
        }, reporter).Run(cancel), cancel);

    private static OutputKind[] Choose(BuildPlan plan, string[] wanted)
    {
        var kinds = new List<OutputKind>();
        foreach (var name in wanted)
            kinds.Add(plan.Outputs.Cast<OutputKind?>().FirstOrDefault(kind => kind.ToString()!.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw new Formats.ImageException(Formats.ImageErrorKind.Spec, "IB1902", $"--format {name}: the spec's outputs are {string.Join(", ", plan.Outputs).ToLowerInvariant()}"));
        return [.. kinds];
    }
}
