using ImageBuilder.Formats;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Mounts;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Init;

/// <summary>The read-only layers: SquashFS images behind loop devices, from a medium's files, the store, or the partition of the factory stack.</summary>
internal static class LayerMounts
{
    private static readonly string[] Damaged = ["The medium may be damaged or was not written completely: write it again, and compare it with the image it was written from."];
    private static readonly string[] OtherSlot = ["Choose another entry of the boot menu, 'Factory state' for one."];

    public static void Run(Boot boot)
    {
        LoadModules(boot);
        // An attempt that failed later may have left some.
        foreach (var left in MountInfo.Read().Where(mount => mount.Target.StartsWith(Paths.Layers + "/", StringComparison.Ordinal)))
            Mount.Detach(left.Target);
        var places = boot.Disk is null ? OnMedium(boot) : OnDisk(boot);
        var layers = new List<string>();
        foreach (var place in places)
            layers.Add(MountOne(boot, place, $"{Paths.Layers}/{layers.Count}"));
        boot.Layers = layers;
    }

    /// <summary>/live/root.squashfs, and the layers below it: root-1.squashfs, root-2.squashfs, …</summary>
    internal static IEnumerable<string> Names(string image, Func<string, bool> exists)
    {
        yield return image;
        var dot = image.LastIndexOf('.') is var at && at > image.LastIndexOf('/') ? at : image.Length;
        for (var i = 1; ; i++)
        {
            var below = $"{image[..dot]}-{i}{image[dot..]}";
            if (!exists(below))
                yield break;
            yield return below;
        }
    }

    /// <summary>Where each layer of a stack is read: in the store, or where the factory stack lies.</summary>
    /// <exception cref="BootException">A layer is nowhere.</exception>
    internal static IReadOnlyList<LayerPlace> Places(StackManifest stack, FactoryPartition? factory, string factoryDevice, Func<string, long?> lengthInStore) => [.. stack.Layers.Select(layer =>
    {
        var file = $"{Paths.Data}{DataLayout.Layers}/{layer.Sha256}.squashfs";
        var length = lengthInStore(file);
        if (length == layer.Size)
            return new LayerPlace(file, 0, null, $"layer {layer.Sha256[..12]} in the store", OtherSlot);
        for (var i = 0; i < (factory?.Offsets.Count ?? 0); i++)
            if (factory!.Manifest.Layers[i] == layer)
                return new LayerPlace(factoryDevice, factory.Offsets[i], layer.Size, $"layer {layer.Sha256[..12]} of the factory stack", OtherSlot);
        throw new BootException(length is null ? $"layer {layer.Sha256} is neither in the store nor in the factory stack" : $"layer {layer.Sha256} in the store has {length} bytes instead of {layer.Size}", OtherSlot);
    })];

    private static List<LayerPlace> OnMedium(Boot boot) => Names(boot.Options.Image, name => File.Exists(boot.ImageFolder + name))
        .Select(name => new LayerPlace(boot.ImageFolder + name, 0, null, $"the root image {name} on {boot.Medium!.Path}", Damaged)).ToList();

    private static IReadOnlyList<LayerPlace> OnDisk(Boot boot)
    {
        var stack = ManifestOf(boot, boot.StackId);
        boot.Decide("stack", $"{stack.Name} {stack.Version}", $"{boot.StackId}, {stack.Layers.Count} layers");
        return Places(boot, stack);
    }

    /// <summary>Where each layer of a stack on the disk is read.</summary>
    /// <exception cref="BootException">The stack, or a layer, is nowhere.</exception>
    public static IReadOnlyList<LayerPlace> PlacesOf(Boot boot, StackId stack) => Places(boot, ManifestOf(boot, stack));

    private static IReadOnlyList<LayerPlace> Places(Boot boot, StackManifest stack) =>
        Places(stack, boot.Factory, boot.Disk!.Find(FactoryPartition.Label)?.Path ?? "", file => File.Exists(file) ? new FileInfo(file).Length : null);

    private static StackManifest ManifestOf(Boot boot, StackId stack) => boot.Factory?.Manifest is { } manifest && manifest.Id == stack ? manifest : FromStore(boot, stack);

    private static StackManifest FromStore(Boot boot, StackId stack)
    {
        var file = $"{Paths.Data}{DataLayout.Stacks}/{stack}.json";
        try
        {
            var bytes = File.ReadAllBytes(file);
            return StackManifest.IdOf(bytes) == stack ? StackManifest.Parse(bytes) : throw new IOException("its digest is not its name");
        }
        catch (Exception error) when (error is IOException or ImageException)
        {
            throw new BootException($"the stack {stack} cannot be read: {boot.DataFault ?? error.Message}", OtherSlot, inner: error);
        }
    }

    /// <summary>What layers need.</summary>
    public static void LoadModules(Boot boot)
    {
        foreach (var module in (string[])["loop", "squashfs"])
            if (!boot.Modules!.LoadAsync(module).Result)
                boot.Log.Debug($"module {module} is not in the initramfs; the kernel may have it built in");
    }

    /// <summary>Mounts a layer; the result is <paramref name="target"/>, which is made.</summary>
    /// <exception cref="BootException">It cannot be mounted.</exception>
    public static string MountOne(Boot boot, LayerPlace place, string target)
    {
        Directory.CreateDirectory(target);
        try
        {
            using var loop = LoopDevice.Attach(place.File, place.Offset, place.Length);
            boot.Log.Debug($"{loop.Path} is {place.What}: {place.File} from {place.Offset}, direct I/O {(loop.DirectIo ? "on" : "off")}");
            Mount.Attach(loop.Path, target, "squashfs", MountFlags.ReadOnly);
            boot.Timeline.Set("direct-io", loop.DirectIo ? "on" : "off");
        }
        catch (IOException error)
        {
            throw new BootException($"{place.What} cannot be mounted: {error.Message}", place.Remedy, inner: error);
        }
        return target;
    }
}

/// <summary>Where a layer is.</summary>
/// <param name="File">The file or partition.</param>
/// <param name="Offset">Where it begins in it, in bytes.</param>
/// <param name="Length">Its bytes; null for all that follow.</param>
/// <param name="What">What to call it in messages.</param>
/// <param name="Remedy">What to do when it cannot be used.</param>
internal sealed record LayerPlace(string File, long Offset, long? Length, string What, IReadOnlyList<string> Remedy);
