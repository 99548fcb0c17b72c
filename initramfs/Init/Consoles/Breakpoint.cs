using ImageBuilder.Linux.CommandLines;

namespace ImageBuilder.Init;

/// <summary>A prompt that was asked for, before a phase.</summary>
internal static class Breakpoint
{
    public static void Stop(Boot boot, string phase)
    {
        if (boot.Options.Panic is not null)
        {
            boot.Log.Show($"ib.break={phase} gives no prompt, because panic= asks for a machine that nobody attends to.");
            return;
        }
        WatchdogGuard.Stop(boot);
        boot.Log.Show($"\nA prompt before phase '{phase}', since it was asked for. 'help' lists the commands, 'continue' goes on.");
        if (phase == BootWords.UsualBreakPoint)
            boot.Log.Show($"The system's root is at {Paths.NewRoot}; 'shell' runs a shell of the system in it.");
        new Prompt(boot).Run();
    }
}
