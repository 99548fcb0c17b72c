using ImageBuilder.Formats;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Update;

namespace ImageBuilder.Init;

/// <summary>The image's own settings, from the layers, where nobody can change them on the device.</summary>
internal static class Settings
{
    public static void Run(Boot boot)
    {
        var file = boot.Layers.Select(layer => layer + ImageSettings.Path).FirstOrDefault(File.Exists);
        boot.HasSettings = file is not null;
        try
        {
            boot.Settings = file is null ? new ImageSettings() : ImageSettings.Parse(Read(file));
        }
        catch (Exception error) when (error is IOException or ImageException)
        {
            throw new BootException($"the image's settings cannot be read: {error.Message}", ["Kernel and initramfs may be older than the image: both come from one build. Build the image again."], inner: error);
        }
        boot.Upper = boot.Options.UpperOr(boot.Settings.Upper switch { "persistent" => UpperKind.Persistent, "none" => UpperKind.None, _ => UpperKind.Tmpfs });
    }

    private static byte[] Read(string file) =>
        new FileInfo(file).Length <= ImageSettings.MaxLength ? File.ReadAllBytes(file) : throw new IOException($"{ImageSettings.Path} is longer than {ImageSettings.MaxLength} bytes");
}
