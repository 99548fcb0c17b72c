using ImageBuilder.Linux;

namespace ImageBuilder.Agent.Health;

/// <summary>The running system's service manager and its journal, by their own programs; where they are not there, nothing is asked of them.</summary>
/// <param name="device">The running system.</param>
internal sealed class Systemd(Device device)
{
    private const int MaxJournal = 1 << 20;
    private const int MaxAnswer = 16 << 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly string root = device.Root.TrimEnd('/');

    /// <summary>sd_booted(3).</summary>
    public bool IsRunning => Directory.Exists($"{device.Run}/systemd/system");

    /// <summary>Waits until boot-complete.target is reached, or cannot be.</summary>
    /// <exception cref="UnhealthyException">It was not reached.</exception>
    public void WaitForBoot(TimeSpan limit)
    {
        if (!IsRunning)
            return;
        // Returns when the job is done, whoever has queued it.
        var result = Control(limit, "start", "boot-complete.target");
        if (result is not { ExitCode: 0 })
            throw new UnhealthyException($"boot-complete.target {(result?.ExitCode is null ? "was not reached in time" : "cannot be reached")}{Failed()}", result?.Text);
    }

    /// <summary>Asks for a restart; false when nobody could be asked.</summary>
    /// <param name="isUrgent">Services are not stopped one by one: file systems are unmounted, and that is all.</param>
    public bool Restart(bool isUrgent) => IsRunning && (isUrgent ? Control(Patience, "reboot", "--force") : Control(Patience, "reboot"))?.ExitCode == 0;

    /// <summary>Stops a unit that is not needed any more, without waiting for it.</summary>
    public void Stop(string unit)
    {
        if (IsRunning)
            Control(Patience, "stop", "--no-block", unit);
    }

    /// <summary>The end of a journal as text; null when there is none.</summary>
    /// <param name="choice">Which one: arguments of journalctl(1).</param>
    public byte[]? Journal(params ReadOnlySpan<string> choice) =>
        Run("/usr/bin/journalctl", [.. choice, "--no-pager", "--quiet", "--output=short-precise", "--lines=20000"], Patience, MaxJournal) is { ExitCode: 0, Output: { Length: > 0 } text } ? text : null;

    private string Failed() =>
        Control(Patience, "list-units", "--failed", "--plain", "--no-legend", "--full") is { ExitCode: 0, Text: { Length: > 0 } text }
            ? $"; failed: {string.Join(", ", text.Split('\n').Select(line => line.Split(' ')[0]))}" : "";

    private ProgramResult? Control(TimeSpan limit, params ReadOnlySpan<string> arguments) => Run("/usr/bin/systemctl", [.. arguments], limit, MaxAnswer);

    private ProgramResult? Run(string program, IReadOnlyList<string> arguments, TimeSpan limit, int most)
    {
        try
        {
            return Process.Run(root + program, [Path.GetFileName(program), .. arguments], ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"], limit, most);
        }
        catch (LinuxException)
        {
            return null;
        }
    }
}
