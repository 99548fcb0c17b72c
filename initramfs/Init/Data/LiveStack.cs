using ImageBuilder.Formats;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Init;

/// <summary>The stack of a live medium: what an upper is bound to. Its manifest lies beside the root image.</summary>
internal static class LiveStack
{
    private const string Name = "stack.json";
    private const int MaxLength = 64 << 10;

    public static void Read(Boot boot)
    {
        var image = boot.Options.Image;
        var file = $"{boot.ImageFolder}{image[..(image.LastIndexOf('/') + 1)]}{Name}";
        boot.LiveStack = null;
        if (!File.Exists(file))
            return;
        try
        {
            var stack = StackManifest.Parse(new FileInfo(file).Length <= MaxLength ? File.ReadAllBytes(file) : throw new IOException($"it is longer than {MaxLength} bytes"));
            if (WhyNot(stack, LayerMounts.Names(image, name => File.Exists(boot.ImageFolder + name)).ToList().ConvertAll(name => new FileInfo(boot.ImageFolder + name).Length)) is { } reason)
                throw new IOException(reason);
            boot.LiveStack = stack;
            boot.Timeline.Set("stack", stack.Id.ToString());
        }
        catch (Exception error) when (error is IOException or ImageException)
        {
            boot.Fail($"{file} does not tell the medium's stack: {error.Message}");
        }
    }

    /// <summary>Null when the layers on the medium may be those of the stack; else why not. A layer that was exchanged is no longer what uppers were made for.</summary>
    /// <param name="stack">The manifest.</param>
    /// <param name="lengths">Bytes of the layers, the top one first.</param>
    internal static string? WhyNot(StackManifest stack, IReadOnlyList<long> lengths) =>
        string.Join(", ", stack.Layers.Select(layer => $"{layer.Size}")) is var wanted && string.Join(", ", lengths) is var found && wanted == found ? null
            : $"its layers have {wanted} bytes, those on the medium {found}";
}
