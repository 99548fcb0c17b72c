namespace ImageBuilder.Pipeline.Sources;

/// <summary>
/// A temporary folder that programs in another user namespace can read: their "root" is not the caller, so files below a private home
/// folder are out of their reach.
/// </summary>
internal sealed class SharedFolder : IDisposable
{
    public SharedFolder() => File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);

    /// <summary>The folder's absolute path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("imagebuilder-").FullName;

    /// <summary>Copies a file into the folder, readable for all; returns the copy's path.</summary>
    public string Add(string file)
    {
        var copy = System.IO.Path.Combine(Path, System.IO.Path.GetFileName(file));
        File.Copy(file, copy, overwrite: true);
        Publish(copy);
        return copy;
    }

    /// <summary>Makes a file of the folder readable for all.</summary>
    public static void Publish(string file) =>
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
