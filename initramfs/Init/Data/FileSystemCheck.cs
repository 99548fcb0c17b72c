using ImageBuilder.Linux;
using ImageBuilder.Linux.Mounts;
using ImageBuilder.Update;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Init;

/// <summary>
/// Lets e2fsck mend what it can mend without asking. The program lies in the image's top layer, where it costs no boot anything: the factory stack can be
/// read without the data partition.
/// </summary>
internal static class FileSystemCheck
{
    private const string FactoryLayer = Paths.Run + "/check";
    private const int Corrected = 1, RestartWanted = 2, OperationalError = 8; // bits of its exit code, e2fsck(8)

    /// <summary>The first copy of the superblock, where blocks have 4096 bytes, as the builder and mke2fs make all but small file systems.</summary>
    private static readonly string[] Backup = ["-b", "32768", "-B", "4096"];

    /// <summary>Returns false when there is no such program, or it could not mend the device.</summary>
    /// <param name="boot">The boot.</param>
    /// <param name="device">The device, not mounted.</param>
    /// <param name="why">What is wrong with it, in words.</param>
    public static bool TryMend(Boot boot, string device, string why)
    {
        try
        {
            if (Find(boot) is { } program)
                return Run(boot, program, device, why);
        }
        finally
        {
            if (MountInfo.Read().Any(mount => mount.Target == FactoryLayer))
                Mount.Detach(FactoryLayer);
        }
        boot.Fail($"{device} is not checked: the image has no e2fsck");
        return false;
    }

    private static string? Find(Boot boot)
    {
        var layers = boot.Layers.Count > 0 ? boot.Layers : MountFactory(boot);
        return layers.Select(layer => layer + DevicePaths.FileSystemCheck).FirstOrDefault(File.Exists);
    }

    /// <summary>The factory stack's top layer; none when it cannot be mounted, which its own phase says.</summary>
    private static IReadOnlyList<string> MountFactory(Boot boot)
    {
        if (boot.Factory is not { } factory)
            return [];
        try
        {
            LayerMounts.LoadModules(boot);
            var place = new LayerPlace(boot.Disk!.Get(FactoryPartition.Label).Path, factory.Offsets[0], factory.Manifest.Layers[0].Size, "the factory stack's top layer", []);
            return [LayerMounts.MountOne(boot, place, FactoryLayer)];
        }
        catch (BootException error)
        {
            boot.Log.Warning(error.Message);
            return [];
        }
    }

    private static bool Run(Boot boot, string program, string device, string why)
    {
        boot.Log.Show($"imagebuilder: {device}: {why}. It is being checked.");
        WatchdogGuard.Stop(boot); // a large disk takes longer than any time limit
        var (code, backup) = Run(program, device);
        WatchdogGuard.Start(boot);
        var mended = IsMended(code);
        boot.Decide("e2fsck", mended ? "mended" : "could not mend", $"{why}; {(backup ? "by the superblock's copy; " : "")}exit code {code}");
        return mended;
    }

    /// <summary>Checks a device; with -p e2fsck takes no copy of a superblock that is gone by itself, and the copy has to be named.</summary>
    /// <returns>Its exit code, and whether the superblock's copy was used.</returns>
    internal static (int Code, bool Backup) Run(string program, string device)
    {
        var code = Check([]);
        return (code & OperationalError) != 0 && Check(Backup) is var second && (second & OperationalError) == 0 ? (second, true) : (code, false);

        int Check(string[] more) => Process.Run(program, ["e2fsck", "-p", .. more, device], ["PATH=/sbin", "TERM=linux"]);
    }

    /// <summary>Whether a device may be mounted after this exit code.</summary>
    internal static bool IsMended(int code) => (code & ~(Corrected | RestartWanted)) == 0;
}
