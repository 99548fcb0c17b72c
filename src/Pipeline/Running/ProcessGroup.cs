using System.Runtime.InteropServices;

namespace ImageBuilder.Pipeline.Running;

/// <summary>A process and all that it started.</summary>
internal static partial class ProcessGroup
{
    private const int SIGKILL = 9;
    private const int SIGTERM = 15;

    /// <summary>Ends every process of a group at once (kill(2) with a negative id); nothing when it is gone already.</summary>
    public static void Kill(int leader) => _ = kill(-leader, SIGKILL);

    /// <summary>Asks every process of a group to end.</summary>
    public static void Terminate(int leader) => _ = kill(-leader, SIGTERM);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);
}
