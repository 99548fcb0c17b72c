using Medallion.Shell;
using ImageBuilder.Formats;

namespace ImageBuilder.Pipeline.Running;

/// <summary>
/// Runs a program that is not ours: arguments as they are, in a session of its own, its last lines kept for the error message,
/// ended (politely first) when the build is cancelled or killed.
/// </summary>
public sealed class OutsideProgram
{
    private const int KeptLines = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Becomes the program, after leaving a watcher in its process group: when our end of the pipe on stdin closes, because this process was
    /// killed, the watcher ends the group, politely first.
    /// </summary>
    private const string Watched = """
        exec 3<&0 < /dev/null
        {
            trap '' TERM
            cat
            kill -s TERM -- -$$
            n=20; while [ $n -gt 0 ] && kill -0 $$; do sleep 1; n=$((n - 1)); done
            kill -s KILL -- -$$
        } <&3 3<&- > /dev/null 2>&1 &
        exec "$@" 3<&-
        """;

    private readonly string program;
    private readonly string package;
    private readonly List<string> arguments = [];
    private readonly Dictionary<string, string> environment = [];
    private string[] wrapper = [];

    /// <summary>A program by name, and the Debian package that brings it.</summary>
    public OutsideProgram(string program, string package) => (this.program, this.package) = (program, package);

    /// <summary>Adds arguments.</summary>
    public OutsideProgram With(params IEnumerable<string> more)
    {
        arguments.AddRange(more);
        return this;
    }

    /// <summary>Sets an environment variable; LC_ALL is C.UTF-8 already.</summary>
    public OutsideProgram WithEnvironment(string name, string value)
    {
        environment[name] = value;
        return this;
    }

    /// <summary>As root: what the program mounts is seen by it alone, and is gone with it, however it ends (mount_namespaces(7)).</summary>
    public OutsideProgram WithMountsOfItsOwn()
    {
        wrapper = Environment.IsPrivilegedProcess ? ["unshare", "--mount"] : [];
        return this;
    }

    /// <summary>Where the program is, or null: the PATH, then the sbin folders that ordinary users often lack there.</summary>
    public static string? Find(string program) => program.Contains('/', StringComparison.Ordinal)
        ? File.Exists(program) ? program : null
        : $"{Environment.GetEnvironmentVariable("PATH")}:/usr/local/sbin:/usr/sbin:/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>Runs to the end and returns stdout as text.</summary>
    /// <exception cref="ImageException">IB3001: not installed; IB3002: it failed, with its own last lines.</exception>
    public string Read(string step, CancellationToken cancel = default)
    {
        using var output = new MemoryStream();
        Run(step, output, null, cancel);
        return System.Text.Encoding.UTF8.GetString(output.ToArray());
    }

    /// <summary>Runs to the end.</summary>
    /// <param name="step">The step's name for error messages.</param>
    /// <param name="output">Takes stdout; null drops it.</param>
    /// <param name="line">Hears each line of stderr.</param>
    /// <param name="cancel">Ends the program and what it started: SIGTERM to its process group, then after some seconds SIGKILL.</param>
    /// <exception cref="ImageException">IB3001: not installed; IB3002: it failed, with its own last lines.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the program has ended.</exception>
    public void Run(string step, Stream? output = null, Action<string>? line = null, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        var path = Find(program) ?? throw new ImageException(ImageErrorKind.Io, "IB3001", $"{step}: the program {program} is not installed; apt-get install {package}");
        var lines = new Queue<string>();
        // A session of its own: mmdebstrap, for one, ends itself by a signal to its whole process group, which must not be ours.
        var command = Start(step, path);
        var errors = Task.Run(() =>
        {
            while (command.StandardError.ReadLine() is { } text)
            {
                lines.Enqueue(text);
                if (lines.Count > KeptLines)
                    lines.Dequeue();
                line?.Invoke(text);
            }
        }, CancellationToken.None);
        using var stop = cancel.Register(() => _ = StopAsync(command));
        Exception? outputError = null;
        try
        {
            command.StandardOutput.BaseStream.CopyTo(output ?? Stream.Null, 1 << 20);
        }
        catch (IOException error)
        {
            // A full disk, for one: the program must not go on writing into nothing.
            outputError = error;
            StopAsync(command).GetAwaiter().GetResult();
        }
        command.Wait();
        ProcessGroup.Kill(command.ProcessId); // the watcher, and whatever else was left
        errors.GetAwaiter().GetResult();
        cancel.ThrowIfCancellationRequested();
        if (outputError is not null)
            throw new ImageException(ImageErrorKind.Io, "IB3003", $"{step}: the output of {program} cannot be stored: {outputError.Message}", outputError);
        if (command.Result.ExitCode != 0)
            throw new ImageException(ImageErrorKind.Io, "IB3002", Explain(step, command.Result.ExitCode, [.. lines]));
    }

    private Command Start(string step, string path)
    {
        try
        {
            return Command.Run("setsid", ["/bin/sh", "-c", Watched, "sh", .. wrapper, path, .. arguments], options => options
                .ThrowOnError(false)
                .EnvironmentVariable("LC_ALL", "C.UTF-8")
                .EnvironmentVariables(environment));
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            // E2BIG above all: execve(2) allows 128 KiB for one argument.
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB3005",
                $"{step}: {program} cannot be started: {error.Message}; a script of the spec may have about 90 KB: put a longer one under files: and call it", error);
        }
    }

    private static async Task StopAsync(Command command)
    {
        // To the whole group: mmdebstrap itself only waits for its children when it is asked to end.
        ProcessGroup.Terminate(command.ProcessId);
        if (await Task.WhenAny(command.Task, Task.Delay(Patience)).ConfigureAwait(false) != command.Task)
            ProcessGroup.Kill(command.ProcessId);
    }

    private string Explain(string step, int exitCode, string[] lines)
    {
        // apt and dpkg mark what went wrong; without marks the last lines tell the most.
        string[] starts = ["E: ", "Err:"];
        string[] marks = ["dpkg: error", "error:", "No space left"];
        var marked = lines.Where(text => starts.Any(start => text.StartsWith(start, StringComparison.Ordinal)) || marks.Any(mark => text.Contains(mark, StringComparison.Ordinal))).Distinct().TakeLast(8).ToArray();
        var told = marked.Length > 0 ? marked : lines.TakeLast(8);
        return $"{step}: {program} failed (exit status {exitCode}). It said:\n" + string.Join('\n', told.Select(text => "    " + text));
    }
}
