using ImageBuilder.Agent.Arguments;
using ImageBuilder.Agent.Health;
using ImageBuilder.Update.Slots;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent commit`: the slot that is on trial is kept.</summary>
internal static class CommitVerb
{
    public static Verb Create() => new("commit", "The slot that runs on trial becomes the one that starts.", """
        After an update the new stack runs on trial until it was found healthy; imageagent-trial.service finds that out and does the same as this.
        Until then every restart that the trial does not survive leads back to the old slot. Done twice it changes nothing. A power cut leaves
        either the trial or the commit.
        Written: the state record (partition ib-state) and the boot loader's hints (/ib on the EFI system partition, in place).
        """, Run);

    private static int Run(Call call)
    {
        var device = call.OpenDevice();
        var record = RunningTrial.IsOn(device) ? TrialVerb.End(device, call.Console).Keep(RunningTrial.Of(device)) : new DeviceTrialSlots(device).Commit();
        call.Console.Result(
            () => $"slot {HintFile.NameOf(record.Active)} is kept: it starts from now on",
            json => json.WriteString("slot", HintFile.NameOf(record.Active)));
        return ExitCode.Done;
    }
}
