using System.Globalization;
using ImageBuilder.Linux;
using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Init;

/// <summary>Runs the phases, and never returns: PID 1 must not end.</summary>
internal sealed class BootRun(Boot boot)
{
    public void Run()
    {
        foreach (var phase in BootPhases.All)
            RunPhase(phase);
        RunPhase(new Phase("hand-over", null, _ => HandOver()));
    }

    private void RunPhase(Phase phase)
    {
        if (phase.When is { } when && !when(boot))
        {
            boot.Timeline.Skip(phase.Name);
            return;
        }
        if (boot.Options.Break == phase.Name)
            Breakpoint.Stop(boot, phase.Name);
        while (true)
        {
            var end = boot.Timeline.Begin(phase.Name);
            try
            {
                phase.Run(boot);
                var times = end();
                boot.Log.Info($"phase {phase.Name} {Seconds(times.Start)}s-{Seconds(times.End)}s");
                return;
            }
            catch (Exception error)
            {
                end();
                new Failure(boot).Handle(phase.Name, error); // returns to try again
            }
        }
    }

    private void HandOver()
    {
        var timeline = boot.Timeline.ToJson();
        File.WriteAllText(Paths.BootRecord, timeline + "\n");
        if (boot.Notices.Count > 0)
            File.WriteAllLines(Paths.Notice, boot.Notices);
        if (boot.Options.ShowTimeline)
            boot.Log.ShowOnly($"imagebuilder: timeline {timeline}\r\n");
        boot.Log.Info($"handing over to {boot.RealInit}");
        boot.Log.Dispose();
        try
        {
            ExecuteRealInit();
        }
        catch (LinuxException)
        {
            boot.Log.Open();
            throw;
        }
    }

    private void ExecuteRealInit()
    {
        var environment = Environment.GetEnvironmentVariables();
        var variables = environment.Keys.Cast<string>().Order(StringComparer.Ordinal).Select(key => $"{key}={environment[key]}").ToList();
        // Words that this program has followed are not the real init's as well: `sh toram` would look for a script.
        var arguments = boot.Arguments.Where(argument => BootWords.Find(argument) is null);
        Process.Execute(boot.RealInit!, [boot.RealInit!, .. arguments], variables);
    }

    private static string Seconds(long microseconds) => (microseconds / 1e6).ToString("0.000", CultureInfo.InvariantCulture);
}
