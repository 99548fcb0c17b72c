using ImageBuilder.Agent.Arguments;
using ImageBuilder.Agent.Health;
using ImageBuilder.Linux;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent trial`: finds out whether the version on trial is healthy, and keeps it or goes back.</summary>
internal static class TrialVerb
{
    private const string LimitUnit = "imageagent-trial-limit.service";
    private static readonly Option Limit = new("--limit", null, "wait for the end of the trial's time, and go back when it is still on");
    private static readonly Option Collect = new("--collect", null, "after a fallback: keep what the failed trial has left");

    public static Verb Create() => new("trial", "On trial: keeps this version when it is healthy, or goes back.", """
        Healthy is what reaches boot-complete.target (services can be RequiredBy= it), where every program in /etc/imagebuilder/health.d is content
        (exit code 0; each may take 60 s; in the order of their names), and which has reached its repository once and found there what is signed by
        keys that it trusts, unless the image says `update: { offline: true }`. All that before update.healthTimeout is over. What is not healthy is
        given up: reason, journal, output of the checks and traces of crashes are kept, the stack is not tried again, and the machine restarts into
        the version before.
        Does nothing when nothing is on trial. Run by imageagent-trial.service, --limit by imageagent-trial-limit.service from the first moment of
        the start on, also in emergency mode; --collect by imageagent-trial-collect.service.
        Written: the state record, the boot loader's hints, /ib/trials/N of the data partition.
        """, Run)
    { Options = [Limit, Collect] };

    private static int Run(Call call)
    {
        var device = call.OpenDevice();
        if (call.Has(Collect.Name))
            return CollectFailed(device, call.Console);
        if (!RunningTrial.IsOn(device))
        {
            call.Console.Note("nothing is on trial");
            return ExitCode.Done;
        }
        var run = new TrialRun(device, End(device, call.Console), cancel => RepositoryContact.Make(device, cancel), call.Console);
        if (call.Has(Limit.Name))
            return run.Limit(Thread.Sleep) ? ExitCode.Done : ExitCode.Failed;
        if (!run.Run())
            return ExitCode.Failed;
        new Systemd(device).Stop(LimitUnit);
        call.Console.Result(() => "this version is healthy, and kept", json => json.WriteBoolean("kept", true));
        return ExitCode.Done;
    }

    /// <summary>How a trial ends on a real machine.</summary>
    internal static TrialEnd End(Device device, AgentConsole console) => new(device, new DeviceTrialSlots(device), isUrgent => Restart(device, isUrgent), console);

    private static void Restart(Device device, bool isUrgent)
    {
        if (device.Root != "/")
            throw new InvalidOperationException("only the running system can be restarted");
        if (!new Systemd(device).Restart(isUrgent))
            Machine.Restart();
    }

    private static int CollectFailed(Device device, AgentConsole console)
    {
        Update.State.StateRecord? record;
        using (var store = RunningTrial.OpenStore(device))
            record = store.State.Load().Record;
        if (record is null || TrialEvidence.Collect(device, record) is not { } collected)
            return ExitCode.Done;
        console.Note($"the trial of stack {collected.Note.Stack} failed: {collected.Note.Reason}");
        if (!collected.WasNoted)
            Reports.Add(device, ReportEvent.Failed, collected.Note.Stack, collected.Note.Reason, ("", ""));
        return ExitCode.Done;
    }
}
