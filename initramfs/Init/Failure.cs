using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Init;

/// <summary>Tells what went wrong, then gives a prompt or restarts the machine.</summary>
internal sealed class Failure(Boot boot)
{
    private const int DefaultCountdown = 30;

    /// <summary>Returns when the phase is to be tried again.</summary>
    public void Handle(string phase, Exception error)
    {
        WatchdogGuard.Stop(boot);
        boot.Log.Show(Describe(phase, error));
        if (SlotTrial.Fail(boot, $"phase {phase}: {Problem(error)}"))
        {
            CountDown(boot.Options.Panic is { } soon ? Math.Max(0, soon) : DefaultCountdown, FailureEnd.Restart);
            return;
        }
        if (boot.Options.Shell && boot.Options.Panic is null)
        {
            boot.Log.ShowOnly("\r\nA prompt, since ib.shell was given. 'help' lists the commands, 'retry' tries again.\r\n");
            try
            {
                new Prompt(boot).Run();
                return;
            }
            catch (Exception unusable)
            {
                boot.Log.Show($"The prompt does not work: {unusable.Message}");
            }
        }
        else if (boot.Options.Shell)
        {
            boot.Log.Show("ib.shell gives no prompt, because panic= asks for a restart.");
        }
        CountDown(boot.Options.Panic is { } seconds ? Math.Max(0, seconds) : DefaultCountdown, boot.Options.FailureEnd);
    }

    internal static string Describe(string phase, Exception error)
    {
        var lines = new List<string> { "", $"imagebuilder: THE SYSTEM CANNOT START. Phase '{phase}':", $"  {Problem(error)}" };
        if (error is BootException { Details.Count: > 0 } detailed)
            lines.AddRange(["", .. detailed.Details.Select(line => line.Length == 0 ? "" : "  " + line)]);
        if (error is BootException { Remedy.Count: > 0 } known)
            lines.AddRange(["", "What to do:", .. known.Remedy.Select(line => "  * " + line)]);
        return string.Join('\n', lines);
    }

    private static string Problem(Exception error) => error switch
    {
        BootException or IOException => error.Message,
        ImageException image => $"{image.Message} ({image.Id})",
        _ => $"{error.GetType().Name}: {error.Message}",
    };

    private void CountDown(int seconds, FailureEnd how)
    {
        var (what, end) = how switch
        {
            FailureEnd.PowerOff => ("Power off", (Action)Machine.PowerOff),
            FailureEnd.Halt => ("Halt", Machine.Halt),
            _ => ("Restart", Machine.Restart),
        };
        boot.Log.Show("");
        for (var left = seconds; left > 0; left--)
        {
            boot.Log.ShowOnly($"\r{what} in {left,3} s ");
            Thread.Sleep(1000); // a clock for a person to see; nothing else can happen any more
        }
        boot.Log.ShowOnly($"\r{what} now.        \r\n");
        end();
    }
}
