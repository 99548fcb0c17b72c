using ImageBuilder.Formats;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Health;

/// <summary>Ends the trial that the running system is: kept, or given up.</summary>
/// <param name="device">The running system.</param>
/// <param name="slots">Notes it.</param>
/// <param name="restart">Restarts the machine; whether services are not to be waited for.</param>
/// <param name="console">Where to speak.</param>
internal sealed class TrialEnd(Device device, ITrialSlots slots, Action<bool> restart, AgentConsole console)
{
    /// <summary>Keeps the version on trial. Returns the state record.</summary>
    /// <exception cref="ImageException">It could not be noted: the trial goes on.</exception>
    public StateRecord Keep(RunningTrial trial)
    {
        var record = slots.Commit();
        File.Delete(RunningTrial.FileOf(device));
        // From here on nothing can take it back: what is left over is put aside by the next start at the latest.
        Try("what the trial has left cannot be put aside", () =>
        {
            using var data = new FileTree(device.DataFolder);
            new MigrationCopies(data).Discard(trial.Upper);
            TrialFolder.Of(data, trial.Upper, trial.Stack).Discard();
        });
        Try("the result cannot be noted for the report", () => Reports.Add(device, ReportEvent.Committed, trial.Stack.ToString(), null));
        return record;
    }

    /// <summary>Gives the version on trial up, and restarts the machine. Each step is done whatever became of those before.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="reason">Why.</param>
    /// <param name="checks">What checks or hooks have said; empty for nothing.</param>
    /// <param name="isUrgent">Services are not to be waited for: the trial's time is up.</param>
    public void GiveUp(RunningTrial trial, string reason, string checks, bool isUrgent)
    {
        console.Note($"this version is not kept: {reason}");
        Try("what is left of the trial cannot be kept", () => TrialEvidence.Save(device, trial, reason, checks));
        Try("the result cannot be noted for the report", () => Reports.Add(device, ReportEvent.Failed, trial.Stack.ToString(), reason));
        Try("that it failed cannot be noted; the next start counts a try", () => slots.Fail(reason));
        restart(isUrgent);
    }

    private void Try(string otherwise, Action step)
    {
        try
        {
            step();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ImageException)
        {
            console.Note($"{otherwise}: {error.Message}");
        }
    }
}
