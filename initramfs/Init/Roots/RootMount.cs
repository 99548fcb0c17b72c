using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Init;

/// <summary>The new root: an overlay of the layers and the upper, or the only layer itself.</summary>
internal static class RootMount
{
    private const string UpperFolder = Paths.Upper + "/upper";
    private const string WorkFolder = Paths.Upper + "/work";

    public static void MountUpper(Boot boot)
    {
        // An attempt that failed later may have left one.
        if (MountInfo.Read().Any(mount => mount.Target == Paths.Upper))
            Mount.Detach(Paths.Upper);
        Mount.Attach("tmpfs", Paths.Upper, "tmpfs", MountFlags.None, $"mode=700,size={boot.UpperSize}");
        Directory.CreateDirectory(UpperFolder);
        Directory.CreateDirectory(WorkFolder);
        // The overlay's root looks like the upper's.
        File.SetUnixFileMode(UpperFolder, File.GetUnixFileMode(boot.Layers[0]));
        boot.Decide("upper", $"tmpfs {boot.UpperSize}", boot.CommandLine.Has("ib.upper") || boot.CommandLine.Has("ib.upper.size") ? "kernel command line" : "default");
    }

    public static void Run(Boot boot)
    {
        boot.Timeline.Set("upper", boot.Upper == UpperKind.Tmpfs ? $"tmpfs {boot.UpperSize}" : "none");
        if (boot.Upper == UpperKind.None && boot.Layers.Count == 1)
        {
            // An overlay without an upper needs two layers; one layer is the root itself. It stays reachable where it was.
            boot.Decide("upper", "none", "kernel command line");
            Mount.Bind(boot.Layers[0], Paths.NewRoot);
            return;
        }
        if (!boot.Modules!.LoadAsync("overlay").Result)
            boot.Log.Debug("module overlay is not in the initramfs; the kernel may have it built in");
        try
        {
            MountOverlay(boot);
        }
        catch (IOException error)
        {
            throw new BootException($"the root cannot be put together: {error.Message}", ["Start with ib.upper=none to go without a writable upper."], inner: error);
        }
    }

    private static void MountOverlay(Boot boot)
    {
        var upper = boot.Upper == UpperKind.Tmpfs;
        using var overlay = FileSystemContext.TryOpen("overlay");
        if (overlay is null || !overlay.TrySet("lowerdir+", boot.Layers[0]))
        {
            MountOverlayBefore68(boot, upper);
            return;
        }
        foreach (var layer in boot.Layers.Skip(1))
            overlay.Set("lowerdir+", layer);
        overlay.Set("source", "overlay");
        if (upper)
        {
            overlay.Set("upperdir", UpperFolder);
            overlay.Set("workdir", WorkFolder);
            overlay.Set("redirect_dir", "on");
            overlay.Set("metacopy", "off");
            overlay.SetFlag("volatile");
        }
        overlay.Set("xino", "on");
        if (boot.Options.ReadOnly || !upper)
            overlay.SetFlag("ro");
        overlay.MountAt(Paths.NewRoot);
    }

    // `lowerdir+` came with Linux 6.8. Mount.Attach refuses what mount(2) would cut.
    private static void MountOverlayBefore68(Boot boot, bool upper)
    {
        boot.Log.Debug("this kernel has no lowerdir+, mount(2) is used");
        var options = $"lowerdir={string.Join(':', boot.Layers)},xino=on"
            + (upper ? $",upperdir={UpperFolder},workdir={WorkFolder},redirect_dir=on,metacopy=off,volatile" : "");
        Mount.Attach("overlay", Paths.NewRoot, "overlay", boot.Options.ReadOnly || !upper ? MountFlags.ReadOnly : MountFlags.None, options);
    }
}
