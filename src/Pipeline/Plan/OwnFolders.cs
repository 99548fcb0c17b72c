using ImageBuilder.Update;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>Which folders of an image can be kept apart from it, as `persist` and `writable` do.</summary>
internal static class OwnFolders
{
    /// <summary>The folder that the boot program mounts identity/ of the data partition on.</summary>
    private const string Ours = "/var/lib/imagebuilder";

    /// <summary>What speaks against it, as the end of a sentence that begins with the path; null when nothing does.</summary>
    public static string? Problem(string path) => path switch
    {
        "/" => "is the whole root, which would hide every layer and every update; name the folders that hold data, or write `upper: { kind: persistent }`",
        "/usr" or "/bin" or "/sbin" or "/lib" or "/lib32" or "/lib64" or "/libx32" => "holds the image's programs: kept apart, they would stay as they are when an update brings others; name a folder in it that holds data, such as /usr/local",
        "/etc" => "holds the image's settings beside those of the device: kept apart, those of an update would never be seen; name a folder in it, such as /etc/app, or write `upper: { kind: persistent }`",
        "/boot" => "holds kernels, which belong to the image",
        _ when path == Ours || path.StartsWith(Ours + "/", StringComparison.Ordinal) => "is the boot program's own: machine-id and ssh host keys of the device persist there already",
        _ when ImageSettings.Path.StartsWith(path + "/", StringComparison.Ordinal) => "holds what the image asks of the boot program, which must stay the image's",
        _ => null,
    };
}
