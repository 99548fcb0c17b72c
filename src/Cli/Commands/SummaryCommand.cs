using System.CommandLine;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder summary`.</summary>
internal static class SummaryCommand
{
    public static Command Create()
    {
        var spec = SharedOptions.Spec();
        var (set, json) = (SharedOptions.Set(), SharedOptions.Json());
        var command = new Command("summary", "Print the whole plan before any work; needs no root and no network") { spec, set, json };
        command.SetAction(parsed =>
        {
            if (SpecFile.Load(parsed.GetRequiredValue(spec), parsed.GetValue(set) ?? []) is not { } plan)
                return ExitCode.Usage;
            Console.Out.Write(parsed.GetValue(json) ? PlanSummary.ToJson(plan) : PlanSummary.ToText(plan));
            return ExitCode.Done;
        });
        return command;
    }
}
