using System.Diagnostics;
using System.Globalization;
using ImageBuilder.Formats;

namespace ImageBuilder.Pipeline.Running;

/// <summary>
/// A hidden folder beside the output for what is half made, on the same file system so that finishing is one rename. It goes with the
/// build, however that ends; folders whose process has died are swept when the next one is made.
/// </summary>
internal sealed class WorkFolder : IDisposable
{
    private const string Prefix = ".imagebuilder-";

    private WorkFolder(string path) => Path = path;

    /// <summary>The folder's absolute path.</summary>
    public string Path { get; }

    /// <summary>Makes the output folder when missing, sweeps dead leftovers, and makes a work folder in it.</summary>
    /// <exception cref="ImageException">IB5001: the output folder cannot be written.</exception>
    public static WorkFolder Create(string outputFolder)
    {
        try
        {
            Directory.CreateDirectory(outputFolder);
            foreach (var folder in Directory.EnumerateDirectories(outputFolder, Prefix + "*"))
                if (IsDead(System.IO.Path.GetFileName(folder)[Prefix.Length..]))
                    Remove(folder);
            return new WorkFolder(Directory.CreateDirectory(System.IO.Path.Combine(outputFolder, Prefix + Environment.ProcessId)).FullName);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageErrorKind.Io, "IB5001", $"the output folder {outputFolder} cannot be written: {error.Message.TrimEnd('.')}; choose another", error);
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(Path))
            Remove(Path);
    }

    /// <summary>Removes a folder with all that is in it, also names that are no UTF-8: the framework loses their bytes and cannot name them.</summary>
    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException error)
        {
            using var rm = Process.Start(new ProcessStartInfo("rm", ["-rf", "--", folder]) { UseShellExecute = false, RedirectStandardError = true })!;
            var said = rm.StandardError.ReadToEnd().TrimEnd();
            rm.WaitForExit();
            if (rm.ExitCode != 0)
                throw new IOException($"{folder} cannot be removed: {said}", error);
        }
    }

    /// <summary>True for the number of a process that is no more. A name without a process's number is not ours to delete.</summary>
    public static bool IsDead(string process) => int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && !Directory.Exists($"/proc/{id}");
}
