using ImageBuilder.Linux;
using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Init;

/// <summary>
/// The very end: systemd has gone back to /run/initramfs, with the system's root at /oldroot. Everything there is let go of, so that
/// file systems are clean and loop devices free, and the machine does what was asked for.
/// </summary>
internal static class Shutdown
{
    private const string OldRoot = "/oldroot";

    /// <param name="arguments">First "reboot", "poweroff", "halt" or "kexec".</param>
    public static void Run(IReadOnlyList<string> arguments)
    {
        // Standard input and output are the console as it was opened below the old root, and hold that.
        Terminal.TryUseAsStandard("/dev/console");
        // What lies under an overlay can only go after it: as often as something went.
        var reasons = new SortedDictionary<string, string>(StringComparer.Ordinal);
        bool progress;
        do
        {
            progress = false;
            reasons.Clear();
            foreach (var mount in MountInfo.Read().Where(IsOurs).Reverse())
                progress |= TryDetach(mount, reasons);
        }
        while (progress);
        using (var log = KernelLog.TryOpen())
        {
            foreach (var mount in MountInfo.Read().Where(IsOurs).Where(mount => mount.Source.StartsWith("/dev/", StringComparison.Ordinal) || mount.Type == "overlay"))
            {
                // What somebody still holds is at least whole on the disk.
                var whole = Mount.TryMakeReadOnly(mount.Target);
                log?.Write(KernelLog.Level.Warning, $"imagebuilder: stays mounted{(whole ? ", read-only" : "")}: {reasons.GetValueOrDefault(mount.Target, mount.Target)}");
            }
        }

        switch (arguments)
        {
            case ["poweroff", ..]: Machine.PowerOff(); break;
            case ["halt", ..]: Machine.Halt(); break;
            case ["kexec", ..]: Machine.Kexec(); break;
        }
        Machine.Restart();
    }

    private static bool IsOurs(MountInfo mount) =>
        mount.Target.StartsWith(OldRoot, StringComparison.Ordinal) || mount.Target.StartsWith(Paths.Run + "/", StringComparison.Ordinal);

    private static bool TryDetach(MountInfo mount, SortedDictionary<string, string> reasons)
    {
        try
        {
            // A loop device under the root holds the partition that it was opened from, and with it that /dev, which lies on the root.
            Mount.Detach(mount.Target, lazy: mount.Type == "devtmpfs");
            return true;
        }
        catch (LinuxException error)
        {
            reasons[mount.Target] = error.Message;
            return false;
        }
    }
}
