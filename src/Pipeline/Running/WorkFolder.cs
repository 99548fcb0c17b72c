using System.Diagnostics;
using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Interop;
using Process = System.Diagnostics.Process;

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
    /// <exception cref="ImageException">IB5001: the output folder cannot be written, or somebody else's folder has the work folder's name.</exception>
    public static WorkFolder Create(string outputFolder)
    {
        try
        {
            Directory.CreateDirectory(outputFolder);
            foreach (var folder in Directory.EnumerateDirectories(outputFolder, Prefix + "*"))
                if (IsDead(System.IO.Path.GetFileName(folder)[Prefix.Length..]) && IsOwn(folder, outputFolder))
                    Sweep(folder);
            var made = System.IO.Path.Combine(outputFolder, Prefix + Environment.ProcessId);
            return !System.IO.Path.Exists(made) || IsOwn(made, outputFolder) ? new WorkFolder(Directory.CreateDirectory(made).FullName) : throw new IOException($"{made} is there already, and somebody else's");
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

    /// <summary>
    /// True for a folder, not for a link to one, that this user has made. In a folder that others write to as well, /tmp say, theirs may be a trap, and are
    /// theirs to sweep. File systems without owners give every file that of the folder around it.
    /// </summary>
    private static bool IsOwn(string folder, string outputFolder) => FileStatus.Of(folder) is { IsDirectory: true, Owner: var owner } && (owner == LibC.geteuid() || owner == FileStatus.Of(outputFolder, followLink: true).Owner);

    private static void Sweep(string folder)
    {
        try
        {
            Remove(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It takes room, and is in nobody's way; another run may be sweeping it, too.
        }
    }

    /// <summary>Removes a folder with all that is in it, also names that are no UTF-8, which the framework cannot say, and folders of an unpacked tree that keep their owner out.</summary>
    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (!Environment.IsPrivilegedProcess)
                Run("chmod", "-R", "u+rwx", "--", folder);
            if (Run("rm", "-rf", "--", folder) is { } said)
                throw new IOException($"{folder} cannot be removed: {said}", error);
        }
    }

    /// <summary>Runs a program; what it said when it failed.</summary>
    private static string? Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd().TrimEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : said;
    }

    /// <summary>True for the number of a process that is no more. A name without a process's number is not ours to delete.</summary>
    public static bool IsDead(string process) => int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && !Directory.Exists($"/proc/{id}");
}
