using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
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

    /// <summary>
    /// Makes the output folder when missing and a work folder in it, and sweeps dead leftovers of the same user: in a folder that others write to as well, /tmp say, theirs may be a
    /// trap, and are theirs to sweep.
    /// </summary>
    /// <exception cref="ImageException">IB5001: the output folder cannot be written, or somebody else's folder has the work folder's name.</exception>
    public static WorkFolder Create(string outputFolder)
    {
        try
        {
            Directory.CreateDirectory(outputFolder);
            var made = System.IO.Path.GetFullPath(System.IO.Path.Combine(outputFolder, Prefix + Environment.ProcessId));
            if (LibC.mkdir([.. Encoding.UTF8.GetBytes(made), 0], UnixMode.Octal0755) < 0)
                RequireOwn(made, Marshal.GetLastPInvokeError());
            // Not the process's user: file systems without owners give every file another.
            var owner = FileStatus.Of(made).Owner;
            foreach (var folder in Directory.EnumerateDirectories(outputFolder, Prefix + "*"))
                if (IsDead(System.IO.Path.GetFileName(folder)[Prefix.Length..]))
                    Sweep(folder, owner);
            return new WorkFolder(made);
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

    /// <summary>What is there in the work folder's place must be left by a process of this user that had the same number.</summary>
    private static void RequireOwn(string folder, int error)
    {
        if (error != Errno.EEXIST)
            throw new IOException($"{folder}: {Marshal.GetPInvokeErrorMessage(error)}");
        if (FileStatus.Of(folder) is not { IsDirectory: true, Owner: var owner } || owner != LibC.geteuid())
            throw new IOException($"{folder} is there already, and somebody else's");
    }

    private static void Sweep(string folder, uint owner)
    {
        try
        {
            if (FileStatus.Of(folder) is { IsDirectory: true } found && found.Owner == owner)
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
