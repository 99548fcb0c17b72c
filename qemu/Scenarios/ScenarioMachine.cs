using System.Text;
using ImageBuilder.Qemu.Acceleration;
using ImageBuilder.Qemu.Guests;
using ImageBuilder.Qemu.Machines;
using ImageBuilder.Qemu.Servers;
using ImageBuilder.Qemu.Timelines;

namespace ImageBuilder.Qemu.Scenarios;

/// <summary>The one machine of a scenario: off or on, with disks and UEFI variables that stay from boot to boot, away from the artefact.</summary>
/// <param name="image">The artefact.</param>
/// <param name="accelerator">What runs the guest.</param>
/// <param name="extraArguments">Passed to QEMU as they are.</param>
/// <param name="variables">NAME=VALUE, for the scenario's scripts.</param>
/// <param name="boots">Those that it shares with other scenarios.</param>
internal sealed class ScenarioMachine(ResolvedImage image, Accelerator accelerator, IReadOnlyList<string> extraArguments, IReadOnlyList<string> variables, SharedBoots boots) : IAsyncDisposable
{
    /// <summary>How long a guest that someone is logged in to may take to offer the guest channel, before the console is used.</summary>
    private static readonly TimeSpan ChannelPatience = TimeSpan.FromSeconds(20);

    private const string MediaFolder = "media";

    private readonly RunFolder _folder = new();
    private readonly StringBuilder _earlier = new();
    private MachineOptions? _options;
    private VirtualMachine? _machine;
    private ConsoleShell? _loggedIn;
    private bool _timelineKnown;
    private bool _noChannel;
    private FileServer? _server;

    /// <summary>What the consoles of all boots said.</summary>
    public string ConsoleText => _earlier.ToString() + _machine?.Transcript.Text;

    /// <summary>What QEMU itself complained about, if it ended by itself.</summary>
    public string Messages => _machine is { Exited.IsCompleted: true } ? _machine.Messages : "";

    public IReadOnlyList<string> LastConsoleLines(int count) =>
        [.. ConsoleText.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0).TakeLast(count)];

    /// <summary>Does a step; a <see cref="QemuException"/> says why it failed.</summary>
    public Task RunAsync(ScenarioStep step, CancellationToken cancellation) => step switch
    {
        BootStep boot => BootAsync(boot, cancellation),
        LoginStep login => LoginAsync(login, cancellation),
        ExpectStep expect => Machine.Transcript.ExpectAsync(expect.Pattern, expect.Timeout, cancellation),
        SendStep send => Machine.SendAsync(Filled(send.Enter ? send.Text + "\r" : send.Text), cancellation),
        RunStep run => RunCommandAsync(run, cancellation),
        RebootStep reboot => RebootAsync(reboot, cancellation),
        PowerCutStep cut => PowerCutAsync(cut, cancellation),
        PowerOffStep off => PowerOffAsync(off, cancellation),
        ServeStep serve => ServeAsync(serve),
        HostStep host => Script.RunAsync("host", host.Script, _options?.Overlay is { } disk && _machine is null ? [$"DISK={disk}"] : [], cancellation),
        _ => throw new QemuException("IB6308", $"no way to do '{step.Title}'"),
    };

    /// <summary>Init's report of the boot that is running, once per boot; null when there is nothing new.</summary>
    public async Task<BootTimeline?> NewTimelineAsync(CancellationToken cancellation)
    {
        if (_timelineKnown || _machine is null || _machine.Exited.IsCompleted)
            return null;
        try
        {
            // With a channel and no report there, this image has none.
            _timelineKnown = _machine.Agent.IsReady;
            var timeline = await _machine.ReadTimelineAsync(cancellation);
            _timelineKnown |= timeline is not null;
            return timeline;
        }
        catch (QemuException)
        {
            return null;                                    // the chart is an extra; the next step meets a dead machine by itself
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Runs the scenario's script that makes media. IB6320 with what it said when it fails.</summary>
    public Task PrepareAsync(string script, CancellationToken cancellation) => Script.RunAsync("prepare", script, [], cancellation);

    private HostScript Script => new(_folder[MediaFolder], [$"IMAGE={image.Path}", $"SERVER={(_server ??= new FileServer(null, 0)).Url}", .. variables]);

    private string Filled(string text) => text.Replace("$SERVER", _server?.Url, StringComparison.Ordinal);

    private async Task ServeAsync(ServeStep step)
    {
        if (step.Folder is { } name)
        {
            var folder = Path.Combine(_folder[MediaFolder], name);
            if (!Directory.Exists(folder))
                throw new QemuException("IB6322", $"there is no folder '{name}': neither 'prepare' nor 'host' made it");
            if (_server is not null && step.Port is { } port && port != _server.Port)
            {
                await _server.DisposeAsync();
                _server = null;
            }
            _server ??= new FileServer(folder, step.Port ?? 0);
            _server.Folder = folder;
        }
        (_server ?? throw new QemuException("IB6322", "nothing is served yet: give the 'folder'")).Faults = step.Faults;
    }

    /// <summary>A medium; what a link names, since a machine's disk is as long as its file.</summary>
    private string Prepared(string name) => new FileInfo(Path.Combine(_folder[MediaFolder], name)) is { Exists: true } file ? file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file.FullName
        : throw new QemuException("IB6321", $"there is no '{name}': the scenario's 'prepare' did not make it");

    private VirtualMachine Machine => _machine ?? throw new QemuException("IB6309", "the machine is off; a 'boot' step starts it");

    private async Task BootAsync(BootStep step, CancellationToken cancellation)
    {
        if (_machine is { Exited.IsCompleted: false })
            throw new QemuException("IB6309", "the machine is running already; 'reboot', 'poweroff' or 'power-cut' it first");
        await StopAsync();
        var isFirst = _options is null;
        var before = _options ?? new MachineOptions { Media = image.Media, SkipsHostFlush = true, ExtraArguments = extraArguments };
        var firmware = step.Firmware ?? before.Firmware;
        if (step.CommandLine is not null && firmware != Firmware.Direct)
            throw new QemuException("IB6103", "'cmdline' needs firmware 'direct': otherwise the boot loader of the image gives the command line");
        var direct = image.Direct is { } known && step.CommandLine is { } line ? known with { CommandLine = line.StartsWith('+') ? $"{known.CommandLine} {line[1..].Trim()}" : line } : before.Direct ?? image.Direct;
        var media = step.Media ?? before.Media;
        var file = step.Image is { } medium ? Prepared(medium) : before.Image ?? image.Path;
        var bus = step.Bus ?? (step.Media is null ? before.Bus : null); // another kind of medium hangs where that kind usually does
        _options = before with
        {
            Image = file,
            Firmware = firmware,
            Media = media,
            Bus = bus,
            Memory = step.Memory ?? before.Memory,
            Cpus = step.Cpus ?? before.Cpus,
            Direct = direct,
            Clock = step.Clock,
            Watchdog = step.Watchdog ?? before.Watchdog,
            Overlay = media is Media.Usb or Media.Disk ? _folder[$"{Path.GetFileName(file)}{(bus == Bus.Sd ? "-card" : "")}.qcow2"] : null,
            FirmwareVariables = _folder[$"variables-{firmware}.fd"],
        };
        ForgetBoot();
        // Who has booted before has written to its disk: nobody else has that one.
        using var shared = isFirst && step.Until is { } text ? await boots.TakeAsync(_options, text.ToString(), cancellation) : null;
        _machine = shared?.State is { } state ? await VirtualMachine.ResumeAsync(_options, accelerator, state, cancellation) : VirtualMachine.Start(_options, accelerator);
        if (step.Until is { } until)
            await _machine.Transcript.ExpectAsync(until, step.Timeout, cancellation);
        if (shared is { State: null })
            shared.State = await _machine.SaveAsync(shared.Folder, cancellation);
    }

    private async Task LoginAsync(LoginStep step, CancellationToken cancellation)
    {
        var shell = new ConsoleShell(Machine);
        await shell.LoginAsync(step.User, step.Password, step.Timeout, cancellation);
        _loggedIn = shell;
    }

    private async Task RunCommandAsync(RunStep step, CancellationToken cancellation)
    {
        var result = await (await ShellAsync(step.Timeout, cancellation)).RunAsync(Filled(step.Command), step.Timeout, cancellation);
        var output = result.Output.TrimEnd();
        var said = output.Length == 0 ? "it wrote nothing" : $"it wrote:\n{output}";
        if (result.ExitCode != step.ExitCode)
            throw new QemuException("IB6310", $"exit code {result.ExitCode}, expected {step.ExitCode}; {said}");
        if (step.Output is { } pattern && !pattern.IsMatch(output))
            throw new QemuException("IB6311", $"the output does not match /{pattern}/; {said}");
    }

    private async Task<IGuestShell> ShellAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        var machine = Machine;
        if (_noChannel && _loggedIn is not null && !machine.Agent.IsReady)
            return _loggedIn;
        var patience = _loggedIn is null || timeout < ChannelPatience ? timeout : ChannelPatience;
        var ready = machine.Agent.WaitReadyAsync(patience, cancellation);
        await Task.WhenAny(ready, machine.Exited);
        if (machine.Exited.IsCompleted)
            throw new QemuException("IB6302", "the machine stopped before it could run the command");
        if (await ready)
            return machine.Agent;
        _noChannel = true;
        return _loggedIn ?? throw new QemuException("IB6312",
            $"the guest offers no way to run a command after {patience.TotalSeconds:0.#} s: its systemd is older than 256, or not up yet; log in first with a 'login' step, or give more time with 'timeout'");
    }

    private async Task RebootAsync(RebootStep step, CancellationToken cancellation)
    {
        await Machine.RebootAsync(_loggedIn, step.Timeout, cancellation);
        ForgetBoot();
    }

    private async Task PowerCutAsync(PowerCutStep step, CancellationToken cancellation)
    {
        var machine = Machine;
        await Task.WhenAny(Task.Delay(step.After, cancellation), machine.Exited);
        cancellation.ThrowIfCancellationRequested();
        if (machine.Exited.IsCompleted)
            throw new QemuException("IB6302", "the machine stopped by itself before its power was cut");
        await StopAsync();
    }

    private async Task PowerOffAsync(PowerOffStep step, CancellationToken cancellation)
    {
        await Machine.PowerOffAsync(_loggedIn, step.Timeout, cancellation);
        await StopAsync();
    }

    private void ForgetBoot()
    {
        _loggedIn = null;
        _timelineKnown = false;
    }

    private async Task StopAsync()
    {
        if (_machine is null)
            return;
        await _machine.DisposeAsync();
        _earlier.Append(_machine.Transcript.Text);
        _machine = null;
        ForgetBoot();
    }
}
