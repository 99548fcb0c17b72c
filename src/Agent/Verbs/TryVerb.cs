using ImageBuilder.Agent.Arguments;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent try`: a layer over the running root, for one command.</summary>
internal static class TryVerb
{
    public static Verb Create() => new("try", "Runs a command where a layer lies over the running root: look before you install.", """
        LAYER is a SquashFS image. Without a command your shell ($SHELL) is run; the exit code is the command's, 127 when it is
        not there, 126 when it cannot be run. The command sees the layer over the system as it is now. What it writes goes to memory and is gone
        when it ends; everything that is mounted below the root (the persisted folders, /run) is there read-only, but for /dev, /proc and /sys,
        which are the system's own, and /tmp, which is empty where it is in memory. Nobody else sees anything of it, and nothing of it is left
        when the command and all programs that it started have ended, however they ended: all is in a mount namespace of its own.
        """, Run)
    { Words = "LAYER", Count = (1, 1), TakesCommand = true };

    private static int Run(Call call) => new Trial(call.OpenDevice()).Run(call.Words[0], call.Command);
}
