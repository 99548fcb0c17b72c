using ImageBuilder.Linux;

namespace ImageBuilder.Agent.Updates;

/// <summary>Restarts the system in good order.</summary>
internal static class SystemReboot
{
    private const string Program = "/usr/bin/systemctl";

    /// <summary>Asks the service manager for it; without one the machine is restarted at once, with everything on the disks.</summary>
    /// <returns>The exit code.</returns>
    public static int Request()
    {
        if (File.Exists(Program) && Directory.Exists("/run/systemd/system"))
            return Process.Run(Program, [Program, "reboot"], []) == 0 ? ExitCode.Done : ExitCode.Failed;
        Machine.Restart();
        return ExitCode.Done;
    }
}
