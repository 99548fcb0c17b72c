using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Init;

/// <summary>The read-only layers: SquashFS images behind loop devices.</summary>
internal static class LayerMounts
{
    public static void Run(Boot boot)
    {
        var image = boot.ImageFolder + boot.Options.Image;
        foreach (var module in (string[])["loop", "squashfs"])
            if (!boot.Modules!.LoadAsync(module).Result)
                boot.Log.Debug($"module {module} is not in the initramfs; the kernel may have it built in");
        var target = $"{Paths.Layers}/0";
        Directory.CreateDirectory(target);
        try
        {
            using var loop = LoopDevice.Attach(image);
            boot.Log.Debug($"{loop.Path} is {image}, direct I/O {(loop.DirectIo ? "on" : "off")}");
            Mount.Attach(loop.Path, target, "squashfs", MountFlags.ReadOnly);
            boot.Timeline.Set("direct-io", loop.DirectIo ? "on" : "off");
        }
        catch (IOException error)
        {
            throw new BootException($"the root image {boot.Options.Image} on {boot.Medium!.Path} cannot be mounted: {error.Message}",
                ["The medium may be damaged or was not written completely: write it again, and compare it with the image it was written from."], inner: error);
        }
        boot.Layers = [target];
    }
}
