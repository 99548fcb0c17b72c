using ImageBuilder.Agent.Arguments;
using ImageBuilder.Agent.Progress;
using ImageBuilder.Agent.Repositories;
using ImageBuilder.Formats;
using ImageBuilder.Update;

namespace ImageBuilder.Agent.Updates;

/// <summary>Looks for updates until it is stopped. The store is held only while it works.</summary>
/// <param name="call">Where to speak, and the system.</param>
/// <param name="settings">What the image asks for.</param>
/// <param name="manager">systemd.</param>
/// <param name="cancel">Stops it.</param>
internal sealed class UpdateDaemon(Call call, UpdateSettings settings, ServiceManager manager, CancellationToken cancel)
{
    private readonly DaemonSchedule schedule = new(settings, Random.Shared.NextDouble);
    private readonly MaintenanceWindow window = MaintenanceWindow.TryParse(settings.Window) ?? new(TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>Ends when it is stopped, or when the system restarts.</summary>
    /// <param name="now">The first look is at once.</param>
    public int Run(bool now)
    {
        for (var wait = now ? TimeSpan.Zero : schedule.First(); Sleep(wait);)
            try
            {
                wait = Look();
            }
            catch (OperationCanceledException)
            {
                break;
            }
            // Whatever it was, the next look may go well; ending would only bring the service manager to start it at once.
            catch (Exception error) when (error is ImageException or IOException or UnauthorizedAccessException)
            {
                wait = schedule.AfterFailure();
                call.Console.Error((error as ImageException)?.Id ?? "IB6143", $"{error.Message}; again in {Text(wait)}");
            }
        manager.Stopping();
        return ExitCode.Done;
    }

    private TimeSpan Look()
    {
        // Who judges the trial needs the store, and nothing is installed meanwhile.
        if (File.Exists(call.OpenDevice().TrialFile))
            return TimeSpan.FromMinutes(1);
        var progress = new ServiceProgress(manager, call.Console.Note, TimeProvider.System);
        using var session = UpdateSession.Open(call.OpenDevice(), null, null, new RepositoryOptions { Rate = settings.Rate, Note = progress.Note }, progress, cancel);
        var offer = UpdateCheck.Look(session);
        manager.Status($"{offer.Name}: {offer.Why}");
        if (offer.Verdict != Verdict.Available)
            return schedule.Next();
        if (!settings.Automatic)
        {
            call.Console.Note($"{offer.Name} can be installed: imageagent install");
            return schedule.Next();
        }
        if (window.Until(DateTimeOffset.UtcNow) is var closed && closed > TimeSpan.Zero)
        {
            call.Console.Note($"{offer.Name} is installed when the window {settings.Window} UTC opens");
            return schedule.UntilOpen(closed);
        }
        using (var factory = FactoryStack.TryOpen(session.Device, out _))
            Installation.Run(session, InstallPlan.Make(session, offer, factory), factory);
        call.Console.Note($"{offer.Name} is installed; the system restarts to try it");
        session.Dispose();
        SystemReboot.Request();
        return schedule.Next();
    }

    private bool Sleep(TimeSpan wait)
    {
        if (cancel.IsCancellationRequested)
            return false;
        manager.Alive();
        // The watchdog of the unit, when it has one, must be fed while nothing happens.
        for (var left = wait; left > TimeSpan.Zero;)
        {
            var part = manager.WatchdogInterval is { } interval && interval < left ? interval : left;
            if (cancel.WaitHandle.WaitOne(part))
                return false;
            manager.Alive();
            left -= part;
        }
        return true;
    }

    private static string Text(TimeSpan wait) => wait.TotalMinutes < 2 ? $"{wait.TotalSeconds:0} s" : wait.TotalHours < 2 ? $"{wait.TotalMinutes:0} minutes" : $"{wait.TotalHours:0} hours";
}
