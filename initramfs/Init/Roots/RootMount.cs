using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Init;

/// <summary>The new root: an overlay of the layers and the upper, or the only layer itself.</summary>
internal static class RootMount
{
    public static void Run(Boot boot)
    {
        // An attempt that failed later may have left one.
        while (MountInfo.Read().LastOrDefault(mount => mount.Target == Paths.NewRoot || mount.Target.StartsWith(Paths.NewRoot + "/", StringComparison.Ordinal)) is { } left)
            Mount.Detach(left.Target, lazy: true);
        if (boot.UpperFolder is null && boot.Layers.Count == 1)
        {
            // An overlay without an upper needs two layers; one layer is the root itself. It stays reachable where it was.
            Mount.Bind(boot.Layers[0], Paths.NewRoot);
            return;
        }
        if (!boot.Modules!.LoadAsync("overlay").Result)
            boot.Log.Debug("module overlay is not in the initramfs; the kernel may have it built in");
        try
        {
            (Overlays.Of(boot.Layers, boot.UpperFolder) with { IsVolatile = boot.Upper == UpperKind.Tmpfs, IsReadOnly = boot.Options.ReadOnly, UnifiesInodes = true }).MountAt(Paths.NewRoot);
        }
        catch (IOException error)
        {
            throw new BootException($"the root cannot be put together: {error.Message}", ["Start with ib.upper=tmpfs, or with ib.upper=none to go without anything that can be written to."], inner: error);
        }
    }
}
