using System.Text;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Health;

/// <summary>
/// Brings persisted data to the version on trial, before its services start: copies of the folders that the hooks declare, then the hooks, once per
/// trial. A hook that fails ends the trial.
/// </summary>
/// <param name="device">The running system.</param>
/// <param name="end">Ends the trial.</param>
/// <param name="console">Where to speak.</param>
internal sealed class Migration(Device device, TrialEnd end, AgentConsole console)
{
    /// <summary>Time since the kernel's start.</summary>
    public Func<TimeSpan> Clock { get; init; } = () => TimeSpan.FromMicroseconds(Machine.MicrosecondsSinceBoot());

    /// <summary>Runs what has not been run yet; false when the trial was given up.</summary>
    /// <exception cref="Formats.ImageException">The system does not say what is on trial.</exception>
    public bool Run()
    {
        var trial = RunningTrial.Of(device);
        var said = new StringBuilder();
        try
        {
            using var data = new FileTree(device.DataFolder);
            TrialEvidence.SaveStart(device, TrialFolder.Of(data, trial.Upper, trial.Stack));
            var hooks = new HookFolder(device, DevicePaths.Migrations, "migration hook");
            var copies = new MigrationCopies(data);
            if (hooks.Programs.Count == 0 || copies.IsDone(trial.Upper))
                return true;
            Copy(data, copies, trial, hooks);
            hooks.Run(() => trial.Limit - Clock(), Variables(trial), (name, how, output) =>
            {
                console.Note($"migration hook {name} {how}");
                said.Append($"{name} {how}\n{output}{(output.Length > 0 ? "\n" : "")}");
            });
            copies.SetDone(trial.Upper);
            return true;
        }
        catch (UnhealthyException unhealthy)
        {
            return GiveUp(unhealthy.Message);
        }
        catch (IOException error)
        {
            return GiveUp($"persisted data cannot be migrated: {error.Message}");
        }

        bool GiveUp(string reason)
        {
            end.GiveUp(trial, reason, said.ToString(), isUrgent: true);
            return false;
        }
    }

    private void Copy(FileTree data, MigrationCopies copies, RunningTrial trial, HookFolder hooks)
    {
        var names = hooks.Programs.SelectMany(hook => MigrationHook.PathsOf(hook).Select(path => DataLayout.Escape(PersistedFolder(hook, path)))).Distinct().ToList();
        var (needed, free) = (copies.Size(names), data.FreeBytes);
        if (needed > free)
            throw new UnhealthyException($"there is no room for copies of what its migration changes: {needed >> 20} MiB needed, {free >> 20} MiB free on the data partition");
        copies.Make(trial.Upper, names);
    }

    /// <summary>The persisted folder that a declared path is, or lies in.</summary>
    private string PersistedFolder(string hook, string path) =>
        (device.Settings?.Persist ?? []).Where(folder => path == folder || path.StartsWith(folder + '/', StringComparison.Ordinal)).MaxBy(folder => folder.Length)
        ?? throw new UnhealthyException($"migration hook {Path.GetFileName(hook)} declares {path}, which is not in a persisted folder (persist:)");

    /// <summary>What hooks are told: from which stack to which.</summary>
    private string[] Variables(RunningTrial trial)
    {
        using var store = RunningTrial.OpenStore(device);
        var before = trial.Slot == Slot.Factory ? default : store.State.Load().Record?.Of(trial.Slot == Slot.A ? Slot.B : Slot.A).Stack ?? default;
        return [$"IMAGEBUILDER_STACK={trial.Stack}", $"IMAGEBUILDER_VERSION={device.Settings?.Version}", $"IMAGEBUILDER_STACK_BEFORE={(before.IsEmpty ? "" : before.ToString())}"];
    }
}
