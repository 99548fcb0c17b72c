using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Update;

namespace ImageBuilder.Agent.Health;

/// <summary>The trial of a new version: waits until the system is up, asks its health checks and the repository, and keeps it or gives it up.</summary>
/// <param name="device">The running system.</param>
/// <param name="end">Ends the trial.</param>
/// <param name="contact">Fetches what the repository offers; throws when that cannot be had.</param>
/// <param name="console">Where to speak.</param>
internal sealed class TrialRun(Device device, TrialEnd end, Action<CancellationToken> contact, AgentConsole console)
{
    /// <summary>What a check may take.</summary>
    public static TimeSpan CheckLimit { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Time since the kernel's start.</summary>
    public Func<TimeSpan> Clock { get; init; } = () => TimeSpan.FromMicroseconds(Machine.MicrosecondsSinceBoot());

    /// <summary>Between two attempts to reach the repository.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Runs the trial; true when the version is kept.</summary>
    /// <exception cref="ImageException">The system does not say what is on trial.</exception>
    public bool Run()
    {
        var trial = RunningTrial.Of(device);
        var said = new StringBuilder();
        try
        {
            new Systemd(device).WaitForBoot(Left(trial));
            new HookFolder(device, DevicePaths.HealthChecks, "health check").Run(
                () => Left(trial) < CheckLimit ? Left(trial) : CheckLimit, [$"IMAGEBUILDER_STACK={trial.Stack}"],
                (name, how, output) =>
                {
                    console.Note($"health check {name} {how}");
                    said.Append($"{name} {how}\n{output}{(output.Length > 0 ? "\n" : "")}");
                });
            Contact(trial);
            Keep(trial);
            return true;
        }
        catch (UnhealthyException unhealthy)
        {
            end.GiveUp(trial, unhealthy.Message, said.Length == 0 && unhealthy.Output is { } output ? output : said.ToString(), isUrgent: false);
            return false;
        }
    }

    /// <summary>Waits for the end of the trial's time; gives the version up when it is still on trial then. True when it is not.</summary>
    /// <exception cref="ImageException">The system does not say what is on trial.</exception>
    public bool Limit(Action<TimeSpan> sleep)
    {
        var trial = RunningTrial.Of(device);
        // A little longer than the trial itself waits, which knows more about the reason.
        for (TimeSpan left; (left = trial.Limit + Grace - Clock()) > TimeSpan.Zero;)
            sleep(left);
        if (!RunningTrial.IsOn(device))
            return true;
        end.GiveUp(trial, $"not healthy after {trial.Limit.TotalSeconds:0} s (update.healthTimeout)", "", isUrgent: true);
        return false;
    }

    private static TimeSpan Grace { get; } = TimeSpan.FromSeconds(30);

    private TimeSpan Left(RunningTrial trial) => trial.Limit - Clock() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>A version that cuts the device off from its repository could never be replaced.</summary>
    private void Contact(RunningTrial trial)
    {
        var update = device.Settings?.Update ?? new UpdateSettings { Offline = true };
        if (update.Offline || update.Url.Length == 0)
            return;
        var trouble = "there was no time left";
        while (Left(trial) is var left && left > TimeSpan.Zero)
        {
            using var stop = new CancellationTokenSource(left);
            try
            {
                contact(stop.Token);
                return;
            }
            catch (Exception error) when (error is IOException or ImageException or OperationCanceledException)
            {
                if (error is not OperationCanceledException)
                    trouble = error.Message;
            }
            stop.Token.WaitHandle.WaitOne(Pause);
        }
        throw new UnhealthyException($"no contact with the repository: {trouble}");
    }

    // Another program may be in the way; a device that does not take the record will not take it later either, and that is for the time limit.
    private void Keep(RunningTrial trial)
    {
        for (; ; Thread.Sleep(Pause))
            try
            {
                end.Keep(trial);
                return;
            }
            catch (ImageException error)
            {
                if (Left(trial) == TimeSpan.Zero)
                    throw new UnhealthyException($"it was healthy, but that cannot be noted: {error.Message}");
                console.Note(error.Message);
            }
    }
}
