using System.Text.RegularExpressions;
using ImageBuilder.Qemu.Machines;
using ImageBuilder.Qemu.Servers;

namespace ImageBuilder.Qemu.Scenarios;

/// <summary>One step of a scenario.</summary>
/// <param name="Line">Its line in the file, from 1.</param>
/// <param name="Timeout">How long it may take.</param>
public abstract record ScenarioStep(int Line, TimeSpan Timeout)
{
    /// <summary>One line for people.</summary>
    public abstract string Title { get; }
}

/// <summary>Starts the machine. What is null is as in the scenario's previous boot, or the default.</summary>
/// <param name="Image">A file that the scenario's `prepare` made, as medium instead of the scenario's image.</param>
/// <param name="CommandLine">The kernel's command line, or after a '+' words that are added to the image's own; only with <see cref="Machines.Firmware.Direct"/>.</param>
public sealed record BootStep(int Line, TimeSpan Timeout, Firmware? Firmware, Media? Media, Bus? Bus, string? Image, MemorySize? Memory, int? Cpus, string? CommandLine)
    : ScenarioStep(Line, Timeout)
{
    /// <summary>What the machine's clock shows when it starts, UTC.</summary>
    public DateTime? Clock { get; init; }

    /// <summary>The machine has a watchdog (i6300esb) that resets it.</summary>
    public bool? Watchdog { get; init; }

    /// <summary>Text on the console that the step waits for. Scenarios of a run that start the same machine until the same text share one boot.</summary>
    public Regex? Until { get; init; }

    public override string Title => string.Join(' ', ((string?[])["boot", Firmware?.ToString().ToLowerInvariant(),
        Media?.ToString().ToLowerInvariant(), Bus?.ToString().ToLowerInvariant(), Image, Memory?.ToString(), CommandLine is null ? null : $"with '{CommandLine}'", Until is null ? null : $"until /{Until}/"]).Where(part => part is not null));
}

/// <summary>Logs in on the serial console.</summary>
public sealed record LoginStep(int Line, TimeSpan Timeout, string User, string? Password) : ScenarioStep(Line, Timeout)
{
    public override string Title => $"login as {User}";
}

/// <summary>Waits for text on the console.</summary>
public sealed record ExpectStep(int Line, TimeSpan Timeout, Regex Pattern) : ScenarioStep(Line, Timeout)
{
    public override string Title => $"expect /{Pattern}/";
}

/// <summary>Types on the console, and Enter unless told otherwise.</summary>
public sealed record SendStep(int Line, TimeSpan Timeout, string Text, bool Enter) : ScenarioStep(Line, Timeout)
{
    public override string Title => $"send '{Text}'{(Enter ? "" : " without Enter")}";
}

/// <summary>Runs a command in the guest and compares its exit code and output.</summary>
public sealed record RunStep(int Line, TimeSpan Timeout, string Command, int ExitCode, Regex? Output) : ScenarioStep(Line, Timeout)
{
    public override string Title => $"run {Command.ReplaceLineEndings("; ").TrimEnd(' ', ';')}";
}

/// <summary>An orderly restart of the system.</summary>
public sealed record RebootStep(int Line, TimeSpan Timeout) : ScenarioStep(Line, Timeout)
{
    public override string Title => "reboot";
}

/// <summary>Pulls the plug some time after the previous step; the next boot starts the machine again.</summary>
public sealed record PowerCutStep(int Line, TimeSpan Timeout, TimeSpan After) : ScenarioStep(Line, Timeout)
{
    public override string Title => $"power-cut after {After.TotalSeconds:0.###} s";
}

/// <summary>Serves a folder to the guest, or changes what the server does wrong. In `send` and `run` $SERVER is its address.</summary>
/// <param name="Folder">A folder that `prepare` or `host` made; null to stay with the one that is served.</param>
/// <param name="Port">The port on 127.0.0.1; null for any.</param>
public sealed record ServeStep(int Line, TimeSpan Timeout, string? Folder, int? Port, ServerFaults Faults) : ScenarioStep(Line, Timeout)
{
    public override string Title => $"serve {Folder}{(Faults == new ServerFaults() ? "" : $" with {Faults}")}";
}

/// <summary>Runs a shell script on the host. With the machine off DISK is the file with what it has written to its disk, in qcow2.</summary>
public sealed record HostStep(int Line, TimeSpan Timeout, string Script) : ScenarioStep(Line, Timeout)
{
    public override string Title => $"host {Script.ReplaceLineEndings("; ").TrimEnd(' ', ';')}";
}

/// <summary>An orderly end of the system.</summary>
public sealed record PowerOffStep(int Line, TimeSpan Timeout) : ScenarioStep(Line, Timeout)
{
    public override string Title => "poweroff";
}
