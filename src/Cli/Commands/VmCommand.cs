using System.CommandLine;
using ImageBuilder.Cli.Rendering;
using ImageBuilder.Pipeline.Inspection;
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
        var firmware = new ChoiceOption<Firmware>("--firmware", "secure is UEFI with Secure Boot on, direct starts the kernel without a boot loader", Firmware.Bios);
        var media = new ChoiceOption<Media>("--media", "What the image is to the machine; without it a disk image is a disk, an ISO a CD", Media.Cdrom, hidden: Media.None);
        var bus = new ChoiceOption<Bus>("--bus", "What the medium hangs on; virtio, and usb for --media usb, unless given", Bus.Virtio);
        var memory = new Option<string>("--memory", "-m") { Description = "Memory, such as 1G", DefaultValueFactory = _ => "1G" };
        var cpus = new Option<int?>("--cpus") { Description = "Virtual processors; without it 2 under KVM, 1 emulated", CustomParser = result => SharedOptions.Number(result, 1, 255) };
        var ssh = new Option<int?>("--ssh-port") { Description = "A port of this machine (127.0.0.1) that leads to the guest's port 22", CustomParser = result => SharedOptions.Number(result, 1, 65535) };
        var display = new Option<string>("--display") { Description = "QEMU's display: none, gtk, sdl, …", DefaultValueFactory = _ => "none" };
        var accel = SharedOptions.Accelerator();
        var ephemeral = new Option<bool>("--ephemeral") { Description = "Drop what the guest writes" };
        var traceOrder = new Option<string>("--trace-order") { Description = "Write down the order in which the machine reads the image's files, for a spec's bootOrder and `squashfs pack --sort`" };
        var command = new Command("vm", "Boot an image under QEMU; arguments after -- go to QEMU") { image, set, output, firmware, media, bus, memory, cpus, ssh, display, accel, ephemeral, traceOrder };
        command.Aliases.Add("run");
        command.Aliases.Add("qemu");
        command.SetAction(async (parsed, cancel) =>
        {
            if (!MemorySize.TryParse(parsed.GetRequiredValue(memory), out var size))
            {
                Errors.Show($"--memory {parsed.GetValue(memory)}: expected a size such as 1G or 768M, at least 64M");
                return ExitCode.Usage;
            }
            Media? wanted = parsed.GetResult(media) is { Implicit: false } ? media.In(parsed) : null;
            var (path, usual, _) = await Task.Run(() => BootImage.Resolve(parsed.GetRequiredValue(image), parsed.GetValue(set) ?? [], parsed.GetRequiredValue(output), cancel, wanted), CancellationToken.None);
            using var folder = new RunFolder();
            var trace = parsed.GetValue(traceOrder) is null ? null : Path.Combine(folder.Path, "reads");
            var options = new MachineOptions
            {
                Image = path,
                Firmware = firmware.In(parsed),
                Media = wanted ?? usual,
                Bus = parsed.GetResult(bus) is { Implicit: false } ? bus.In(parsed) : null,
                Memory = size,
                Cpus = parsed.GetValue(cpus),
                SshPort = parsed.GetValue(ssh),
                Display = parsed.GetRequiredValue(display),
                Ephemeral = parsed.GetValue(ephemeral),
                Overlay = parsed.GetValue(ephemeral) || (wanted ?? usual) == Media.Cdrom ? null : BootImage.ChangesOf(path),
                Direct = firmware.In(parsed) == Firmware.Direct ? BootImage.Direct(path, folder.Path) : null,
                Interactive = true,
                ExtraArguments = [.. trace is null ? (string[])[] : ["-trace", ReadOrder.TraceEvent, "-D", trace], .. PassedOn()],
            };
            var code = await BootAsync(options, await AcceleratorDetector.ResolveAsync(accel.In(parsed), cancel), cancel);
            if (trace is not null)
                await File.WriteAllLinesAsync(parsed.GetRequiredValue(traceOrder), ReadOrder.Of(path, File.ReadLines(trace)), CancellationToken.None);
            return code;
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
