namespace ImageBuilder.Init;

/// <summary>Folders of the new root that something is mounted on.</summary>
internal static class MountPoint
{
    /// <summary>The builder makes them; where it has not, a writable root gets one now.</summary>
    /// <exception cref="BootException">There is none, and it cannot be made.</exception>
    public static void Need(string path)
    {
        if (Directory.Exists(Paths.NewRoot + path))
            return;
        try
        {
            Directory.CreateDirectory(Paths.NewRoot + path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BootException($"the root image has no folder {path} to mount on, and none can be made: {error.Message}", ["Add the folder to the image."]);
        }
    }
}
