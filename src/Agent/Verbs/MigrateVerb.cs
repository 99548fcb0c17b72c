using ImageBuilder.Agent.Arguments;
using ImageBuilder.Agent.Health;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent migrate`: what a new version does to persisted data, before its services start.</summary>
internal static class MigrateVerb
{
    public static Verb Create() => new("migrate", "On trial: brings persisted data to this version.", """
        Runs the programs in /usr/lib/imagebuilder/migrate.d in the order of their names, once per trial; run by imageagent-migrate.service before
        other services start. A line `# imagebuilder-persist: /PATH …` in a program names the persisted folders that it changes: they are copied
        first, and when the trial fails the version before gets the copies back. They hear IMAGEBUILDER_STACK, IMAGEBUILDER_VERSION and
        IMAGEBUILDER_STACK_BEFORE. One that fails, or takes longer than the trial may (update.healthTimeout), ends the trial.
        Written: /ib/persist/.before-N and /ib/trials/N of the data partition.
        """, Run);

    private static int Run(Call call)
    {
        var device = call.OpenDevice();
        return !RunningTrial.IsOn(device) || new Migration(device, TrialVerb.End(device, call.Console), call.Console).Run() ? ExitCode.Done : ExitCode.Failed;
    }
}
