using System.Diagnostics;
using System.Text;
using ImageBuilder.Qemu.Acceleration;
using ImageBuilder.Qemu.Consoles;
using ImageBuilder.Qemu.Guests;
using ImageBuilder.Qemu.Timelines;

namespace ImageBuilder.Qemu.Machines;

/// <summary>A running QEMU with its console, its guest channel and its control channel. Disposing it ends it.</summary>
public sealed class VirtualMachine : IConsole, IAsyncDisposable
{
    private readonly MachineOptions _options;
    private readonly Func<Process> _start;
    private readonly RunFolder _folder;
    private readonly QmpClient _control;
    private readonly string? _consoleLog;
    private readonly StringBuilder _messages = new();
    private readonly Lock _starting = new();
    private Process _process;
    private bool _powerCut;
    private TaskCompletionSource _reset = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private VirtualMachine(MachineOptions options, Process first, Func<Process> start, RunFolder folder, QmpClient control, GuestAgent agent, MachineFiles files)
    {
        (_options, _process, _start, _folder, _control, Agent, _consoleLog) = (options, first, start, folder, control, agent, files.ConsoleLog);
        _control.Reset += OnReset;
        Exited = LiveAsync();
    }

    /// <inheritdoc/>
    public Transcript Transcript { get; } = new();

    /// <summary>The root shell in the guest, on images whose systemd takes units from the hypervisor.</summary>
    public GuestAgent Agent { get; }

    /// <summary>Ends when QEMU has ended for any reason but a reset.</summary>
    public Task Exited { get; }

    /// <summary>Number of resets so far; a reboot is at least one.</summary>
    public int Resets { get; private set; }

    /// <summary>QEMU's exit code; only after <see cref="Exited"/>.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What QEMU itself complained about.</summary>
    public string Messages
    {
        get
        {
            lock (_messages)
                return _messages.ToString().Trim();
        }
    }

    /// <summary>Starts QEMU. IB6101…IB6106 for what is missing or cannot work.</summary>
    public static VirtualMachine Start(MachineOptions options, Accelerator accelerator) => Start(options, accelerator, waitsForState: false);

    /// <summary>Goes on with an equal machine's state instead of booting. IB6101…IB6106 as at a start, IB6325 when QEMU does not take it.</summary>
    /// <param name="options">The machine; its overlay and UEFI variables become those of the state.</param>
    /// <param name="accelerator">What runs the guest.</param>
    /// <param name="state">What <see cref="SaveAsync"/> of the other one gave.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<VirtualMachine> ResumeAsync(MachineOptions options, Accelerator accelerator, MachineState state, CancellationToken cancellation = default)
    {
        state.PutBack(options);
        var machine = Start(options, accelerator, waitsForState: true);
        try
        {
            await machine._control.RestoreAsync(MachineState.MemoryIn(state.Folder), cancellation);
            machine.Transcript.Append(Encoding.UTF8.GetBytes(state.ConsoleText));
            if (state.HasChannel)
                machine.Agent.GoOn();
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    private static VirtualMachine Start(MachineOptions options, Accelerator accelerator, bool waitsForState)
    {
        MachineCommandLine.Validate(options);
        var firmware = FirmwareFiles.Find(options.Firmware);
        RequireFile(options.Media == Media.None ? null : options.Image);
        RequireFile(options.Firmware == Firmware.Direct ? options.Direct!.Kernel : null);
        RequireFile(options.Firmware == Firmware.Direct ? options.Direct!.Initrd : null);
        var folder = new RunFolder();
        QmpClient? control = null;
        GuestAgent? agent = null;
        try
        {
            var variables = options.FirmwareVariables ?? folder["variables.fd"];
            if (firmware is not null && !File.Exists(variables))
                File.Copy(firmware.VariablesTemplate, variables);
            if (options is { Overlay: { } overlay, Media: Media.Usb or Media.Disk } && !File.Exists(overlay))
                Qcow2Overlay.Create(overlay, options.Image!, powerOfTwo: options.Bus == Bus.Sd);
            if (options.WriteLog is { } log && !File.Exists(log))
                WriteLog.Create(log);
            var files = new MachineFiles(firmware?.Code, variables, folder["control"], folder["guest"], options.Interactive ? folder["console.log"] : null)
            {
                SectorSize = options.Media is Media.Usb or Media.Disk ? DiskSectors.Of(options.Image!) : DiskSectors.Usual,
            };
            control = new QmpClient(files.ControlSocket);
            agent = new GuestAgent(files.GuestSocket);
            return new VirtualMachine(options, Run(files with { WaitsForState = waitsForState }), () => Run(files), folder, control, agent, files);

            Process Run(MachineFiles now) => ChildProcess.Start(HostPrograms.Qemu(), MachineCommandLine.Build(options, accelerator, now), options.Interactive);
        }
        catch
        {
            control?.Dispose();
            agent?.Dispose();
            folder.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task SendAsync(string text, CancellationToken cancellation = default)
    {
        try
        {
            var stream = _process.StandardInput.BaseStream;
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
            await stream.FlushAsync(cancellation);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            throw new QemuException("IB6302", "the machine is not running: nobody reads its console", e);
        }
    }

    /// <summary>Asks the guest to start anew and waits for the machine's reset. IB6307 when it does not come.</summary>
    public Task RebootAsync(ConsoleShell? loggedIn, TimeSpan timeout, CancellationToken cancellation = default)
    {
        var reset = _reset.Task;
        return EndSystemAsync("reboot", loggedIn, _control.CtrlAltDeleteAsync, Task.WhenAny(reset, Exited), timeout, cancellation);
    }

    /// <summary>Asks the guest to shut down and waits for QEMU's end. IB6307 when it does not come.</summary>
    public Task PowerOffAsync(ConsoleShell? loggedIn, TimeSpan timeout, CancellationToken cancellation = default) =>
        EndSystemAsync("poweroff", loggedIn, _control.PowerButtonAsync, Exited, timeout, cancellation);

    /// <summary>Keeps the machine as it is now, and lets it go on. IB6324 when QEMU cannot keep one of its devices.</summary>
    /// <param name="folder">For the state; it is made.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<MachineState> SaveAsync(string folder, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(folder);
        await _control.SaveAsync(MachineState.MemoryIn(folder), cancellation);
        var state = new MachineState(folder, Transcript.Text, Agent.IsReady);
        state.Keep(_options);
        await _control.ContinueAsync();
        return state;
    }

    /// <summary>Ends the machine at once, as when its plug is pulled.</summary>
    public async Task PowerCutAsync()
    {
        lock (_starting)
        {
            _powerCut = true;
            ChildProcess.Kill(_process);
        }
        await Exited;
        _control.Dispose();
        Agent.Dispose();
    }

    /// <summary>Init's report of this boot, from the console or by the guest channel; null when there is none yet.</summary>
    public async Task<BootTimeline?> ReadTimelineAsync(CancellationToken cancellation = default)
    {
        if (BootTimeline.FindOnConsole(Transcript.TextOfThisBoot) is { } printed)
            return printed;
        if (!Agent.IsReady)
            return null;
        var file = await Agent.RunAsync($"cat {BootTimeline.GuestPath}", TimeSpan.FromSeconds(30), cancellation);
        return file.ExitCode == 0 ? BootTimeline.Parse(file.Output) : null;
    }

    public async ValueTask DisposeAsync()
    {
        await PowerCutAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    private async Task EndSystemAsync(string verb, ConsoleShell? loggedIn, Func<Task> button, Task ended, TimeSpan timeout, CancellationToken cancellation)
    {
        if (Agent.IsReady)
            await Agent.SendAsync($"systemctl {verb}", cancellation);
        else if (loggedIn is not null)
            await loggedIn.TypeAsync(verb, cancellation);
        else
            await button();
        try
        {
            await ended.WaitAsync(timeout, cancellation);
        }
        catch (TimeoutException)
        {
            throw new QemuException("IB6307", $"the guest was asked for a {verb} and had not done it after {timeout.TotalSeconds:0.#} s");
        }
        if (verb == "reboot" && Exited.IsCompleted)
            throw new QemuException("IB6302", $"the machine stopped instead of starting anew{(Messages.Length > 0 ? $": {Messages}" : "")}");
    }

    /// <summary>
    /// Serves QEMU until it ends, and starts it anew where the guest asked for a reset: with the same disks and UEFI variables, in the
    /// state of a machine just switched on. Inside one process, OVMF with Secure Boot was seen not to come back from an emulated reset.
    /// </summary>
    private async Task LiveAsync()
    {
        try
        {
            do
                await ServeAsync(_process);
            while (_control.WantsRestart && StartAgain());
        }
        finally
        {
            Transcript.End();
        }
    }

    private bool StartAgain()
    {
        lock (_starting)
        {
            if (_powerCut)
                return false;
            _process.Dispose();
            OnReset();
            try
            {
                _process = _start();
                return true;
            }
            catch (QemuException error)
            {
                AddMessage(error.Message);
                return false;
            }
        }
    }

    /// <summary>Reads everything that one QEMU process says, until it is gone.</summary>
    private async Task ServeAsync(Process process)
    {
        using var gone = new CancellationTokenSource();
        var ended = process.WaitForExitAsync(CancellationToken.None);
        var pumps = new List<Task> { _control.RunAsync(gone.Token), Agent.ServeAsync(gone.Token) };
        if (_consoleLog is not null)
        {
            pumps.Add(FollowLogAsync(_consoleLog, ended));
        }
        else
        {
            pumps.Add(PumpConsoleAsync(process));
            process.ErrorDataReceived += (_, line) => AddMessage(line.Data);
            process.BeginErrorReadLine();
        }
        await ended;
        await gone.CancelAsync(); // a QEMU that ended before it connected would be waited for forever
        await Task.WhenAll(pumps);
    }

    private void AddMessage(string? line)
    {
        lock (_messages)
            _messages.Append(line).Append('\n');
    }

    private void OnReset()
    {
        Resets++;
        Transcript.BeginBoot();
        Agent.Forget();
        var reset = _reset;
        _reset = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        reset.TrySetResult();
    }

    private async Task PumpConsoleAsync(Process process)
    {
        var buffer = new byte[4096];
        var output = process.StandardOutput.BaseStream;
        while (await output.ReadAsync(buffer) is var count and > 0)
        {
            Transcript.Append(buffer.AsSpan(0, count));
            await Task.Delay(ReadPause); // QEMU writes byte by byte; each one read for itself takes a twentieth of a processor while three guests boot
        }
    }

    // With the user at the console, QEMU's copy of it is all there is to read.
    private async Task FollowLogAsync(string path, Task ended)
    {
        while (!File.Exists(path) && !ended.IsCompleted)
            await Task.Delay(FollowPause);
        if (File.Exists(path))
        {
            var buffer = new byte[4096];
            await using var log = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            for (var last = false; ;)
            {
                if (await log.ReadAsync(buffer) is var count and > 0)
                    Transcript.Append(buffer.AsSpan(0, count));
                else if (last)
                    break;
                else if (!(last = ended.IsCompleted))
                    await Task.Delay(FollowPause);
            }
        }
    }

    private static readonly TimeSpan ReadPause = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan FollowPause = TimeSpan.FromMilliseconds(100);

    private static void RequireFile(string? path)
    {
        if (path is not null && !File.Exists(path) && !Directory.Exists(path))
            throw new QemuException("IB6106", $"'{path}' does not exist");
        if (path is not null && Directory.Exists(path))
            throw new QemuException("IB6106", $"'{path}' is a folder; an image, a kernel or an initramfs is a file");
    }
}
