using System.Globalization;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>
/// A temporary folder that programs in another user namespace can read: their "root" is not the caller, so files below a private home
/// folder are out of their reach.
/// </summary>
internal sealed class SharedFolder : IDisposable
{
    private const UnixFileMode OpenFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const string Prefix = "imagebuilder-";

    private int added;

    /// <summary>Makes the folder, after sweeping those of builds that were killed.</summary>
    public SharedFolder()
    {
        foreach (var leftover in Directory.EnumerateDirectories(System.IO.Path.GetTempPath(), Prefix + "*-*"))
            if (WorkFolder.IsDead(System.IO.Path.GetFileName(leftover)[Prefix.Length..].Split('-')[0]))
                TryDelete(leftover);
        Path = Directory.CreateTempSubdirectory($"{Prefix}{Environment.ProcessId}-").FullName;
        File.SetUnixFileMode(Path, OpenFolder);
    }

    /// <summary>The folder's absolute path.</summary>
    public string Path { get; }

    /// <summary>Copies a file into the folder, readable for all; returns the copy's path, in which no character needs quoting.</summary>
    public string Add(string file)
    {
        var name = string.Concat(System.IO.Path.GetFileName(file).Select(c => char.IsAsciiLetterOrDigit(c) || "._+~-".Contains(c) ? c : '_'));
        // Files of one name come from different folders.
        var folder = Directory.CreateDirectory(System.IO.Path.Combine(Path, (++added).ToString(CultureInfo.InvariantCulture))).FullName;
        File.SetUnixFileMode(folder, OpenFolder);
        var copy = System.IO.Path.Combine(folder, name);
        File.Copy(file, copy);
        Publish(copy);
        return copy;
    }

    /// <summary>Makes a file of the folder readable for all.</summary>
    public static void Publish(string file) =>
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

    public void Dispose() => TryDelete(Path);

    private static void TryDelete(string leftover)
    {
        try
        {
            Directory.Delete(leftover, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another user's, or a program that was killed is still ending: the next build sweeps it.
        }
    }
}
