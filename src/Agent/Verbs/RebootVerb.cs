using ImageBuilder.Agent.Arguments;
using ImageBuilder.Formats;
using ImageBuilder.Linux;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent reboot`: restarts the machine.</summary>
internal static class RebootVerb
{
    private static readonly string[] Programs = ["/usr/bin/systemctl", "/bin/systemctl"];

    public static Verb Create() => new("reboot", "Restarts the system, into what was installed when there is something.", """
        Services are stopped in order (systemctl reboot). Without systemd everything written is brought to the
        disks, and the machine is restarted at once.
        Nothing else is written.
        """, Run);

    private static int Run(Call call)
    {
        _ = call.OpenDevice(); // only where the boot program has started the system
        if (Directory.Exists("/run/systemd/system") && Programs.FirstOrDefault(File.Exists) is { } program)
            return Process.Run(program, ["systemctl", "reboot"], ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]) == 0 ? ExitCode.Done
                : throw new ImageException(ImageErrorKind.Io, "IB6119", "systemctl reboot has failed; `systemctl reboot --force` restarts without stopping services");
        Machine.Restart();
        return ExitCode.Done;
    }
}
