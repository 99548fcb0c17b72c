using System.CommandLine;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Qemu.Acceleration;
using ImageBuilder.Qemu.Machines;
using ImageBuilder.Qemu.Timelines;

namespace ImageBuilder.Cli.Commands;

/// <summary>`imagebuilder vm`.</summary>
internal static class VmCommand
{
    /// <summary>Arguments after "--" on this process's command line, which go to QEMU.</summary>
    private const string PassOn = "--";

    public static Command Create()
    {
        var image = new Argument<string>("SPEC|IMAGE") { Description = "An image, or a spec to build and boot" };
        var set = SharedOptions.Set();
        var output = SharedOptions.OutputFolder();
        var firmware = new Option<Firmware>("--firmware") { Description = "bios, uefi, secure (Secure Boot) or direct (no boot loader)", DefaultValueFactory = _ => Firmware.Bios };
        var media = new Option<Media>("--media") { Description = "cdrom, usb or disk", DefaultValueFactory = _ => Media.Cdrom };
        var memory = new Option<string>("--memory", "-m") { Description = "Memory, such as 1G", DefaultValueFactory = _ => "1G" };
        var cpus = new Option<int>("--cpus") { Description = "Virtual processors", DefaultValueFactory = _ => 2 };
        var ssh = new Option<int?>("--ssh-port") { Description = "A port of this machine (127.0.0.1) that leads to the guest's port 22" };
        var display = new Option<string>("--display") { Description = "QEMU's display: none, gtk, sdl, …", DefaultValueFactory = _ => "none" };
        var accel = new Option<AcceleratorChoice>("--accel") { Description = "auto, kvm or tcg", DefaultValueFactory = _ => AcceleratorChoice.Auto };
        var ephemeral = new Option<bool>("--ephemeral") { Description = "Drop what the guest writes" };
        media.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<Media>() == Media.None)
                result.AddError("--media: expected cdrom, usb or disk");
        });
        var command = new Command("vm", "Boot an image under QEMU; arguments after -- go to QEMU") { image, set, output, firmware, media, memory, cpus, ssh, display, accel, ephemeral };
        command.Aliases.Add("run");
        command.Aliases.Add("qemu");
        command.SetAction(async (parsed, cancel) =>
        {
            if (!MemorySize.TryParse(parsed.GetRequiredValue(memory), out var size))
            {
                Errors.Show($"--memory {parsed.GetValue(memory)}: expected a size such as 1G or 768M, at least 64M");
                return ExitCode.Usage;
            }
            var (path, _) = await Task.Run(() => BootImage.Resolve(parsed.GetRequiredValue(image), parsed.GetValue(set) ?? [], parsed.GetRequiredValue(output), cancel), CancellationToken.None);
            using var folder = new RunFolder();
            var options = new MachineOptions
            {
                Image = path,
                Firmware = parsed.GetValue(firmware),
                Media = parsed.GetValue(media),
                Memory = size,
                Cpus = parsed.GetValue(cpus),
                SshPort = parsed.GetValue(ssh),
                Display = parsed.GetRequiredValue(display),
                Ephemeral = parsed.GetValue(ephemeral),
                Direct = parsed.GetValue(firmware) == Firmware.Direct ? BootImage.Direct(path, folder.Path) : null,
                Interactive = true,
                ExtraArguments = PassedOn(),
            };
            return await BootAsync(options, await AcceleratorDetector.ResolveAsync(parsed.GetValue(accel), cancel), cancel);
        });
        return command;
    }

    private static async Task<int> BootAsync(MachineOptions options, Accelerator accelerator, CancellationToken cancel)
    {
        await Console.Error.WriteLineAsync(accelerator.ToString());
        await Console.Error.WriteLineAsync("This terminal is the machine's serial console. To leave: Ctrl-A, then X. QEMU's monitor: Ctrl-A, then C.");
        await using var machine = VirtualMachine.Start(options, accelerator);
        var timeline = TimelineAsync(machine, cancel);
        await machine.Exited.WaitAsync(cancel);
        if (await timeline is { } seen)
            foreach (var line in TimelineChart.Render(seen))
                await Console.Error.WriteLineAsync(line);
        return machine.ExitCode == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>Waits for Init's report as long as the machine runs; shown at the end, when it does not disturb the console.</summary>
    private static async Task<BootTimeline?> TimelineAsync(VirtualMachine machine, CancellationToken cancel)
    {
        while (!machine.Exited.IsCompleted)
        {
            if (await machine.ReadTimelineAsync(cancel) is { } timeline)
                return timeline;
            await Task.WhenAny(machine.Exited, Task.Delay(TimeSpan.FromSeconds(1), cancel));
        }
        return BootTimeline.FindOnConsole(machine.Transcript.TextOfThisBoot);
    }

    private static string[] PassedOn()
    {
        var arguments = Environment.GetCommandLineArgs();
        var at = Array.IndexOf(arguments, PassOn);
        return at < 0 ? [] : arguments[(at + 1)..];
    }
}
