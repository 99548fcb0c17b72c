using ImageBuilder.Agent.Arguments;
using ImageBuilder.Agent.Updates;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent reboot`: restarts the machine.</summary>
internal static class RebootVerb
{
    public static Verb Create() => new("reboot", "Restarts the system, into what was installed when there is something.", """
        Services are stopped in order (systemctl reboot). Without systemd everything written is brought to the disks, and the machine is
        restarted at once. Nothing else is written.
        """, Run);

    private static int Run(Call call)
    {
        _ = call.OpenDevice(); // only where the boot program has started the system
        return SystemReboot.Request();
    }
}
