using System.Text.RegularExpressions;
using ImageBuilder.Formats.Gpt;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline;
using ImageBuilder.Qemu.Acceleration;
using ImageBuilder.Qemu.Guests;
using ImageBuilder.Qemu.Machines;
using ImageBuilder.Update.Data;

namespace ImageBuilder.EndToEnd.Tests.PowerCuts;

/// <summary>
/// An appliance in a virtual machine that notes every write to its disk, over as many starts as are wanted. When it is done,
/// <see cref="BlockLog.States"/> of <see cref="Log"/> gives what a power cut at any moment may have left, and <see cref="DeviceJudge"/> says what the boot
/// program makes of it:
/// <code>
/// await using var machine = new RecordedMachine(image, length);
/// await machine.BootAsync("init=/bin/sh");
/// await machine.RunAsync("imageagent reset");
/// await machine.PowerCutAsync();
/// foreach (var state in machine.Log().States(handle of image, length)) …
/// </code>
/// </summary>
internal sealed class RecordedMachine : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);
    private static readonly Regex Prompt = new("# $", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));

    private const string Shell = "init=/bin/sh";

    private readonly TempFolder folder = new();
    private readonly DirectBoot direct;
    private VirtualMachine? machine;
    private IGuestShell? shell;

    /// <param name="image">The disk as built; it is not changed.</param>
    /// <param name="length">Bytes of the disk in the machine, not less than the image's.</param>
    public RecordedMachine(string image, long length)
    {
        Tool.Run("cp", "--sparse=always", image, Disk);
        using (var disk = File.OpenHandle(Disk, FileMode.Open, FileAccess.ReadWrite))
            RandomAccess.SetLength(disk, length);
        using var file = File.OpenHandle(image);
        var set = LiveBootSet.Read(Content.From(file, 0, RandomAccess.GetLength(file), image));
        direct = new DirectBoot(Save(set.Kernel, "vmlinuz"), Save(set.Initramfs, "initramfs.img"), set.CommandLine);

        string Save(Content content, string name)
        {
            using var output = File.Create(folder[name]);
            using var input = content.OpenRead();
            input.CopyTo(output);
            return folder[name];
        }
    }

    /// <summary>The machine's disk.</summary>
    public string Disk => folder["disk.img"];

    /// <summary>Number of writes, flushes and discards so far: what was done before a command is on the disk in all states with that many durable ones.</summary>
    public int Entries => Log().Entries.Count;

    /// <summary>What was noted so far.</summary>
    public BlockLog Log() => BlockLog.Read(folder["log"]);

    /// <summary>Reads a file of the data partition, which e2fsck has mended before; the machine is off.</summary>
    /// <param name="path">Its path there.</param>
    /// <param name="target">The file that it is copied to.</param>
    public void Fetch(string path, string target)
    {
        using (var file = File.OpenHandle(Disk))
        {
            var disk = new LoggedDisk(file, RandomAccess.GetLength(file));
            var data = DiskTables.Read(new LoggedDevice(disk, 0, disk.Length).AsContent())!.Partitions.Single(part => part.Name == DataLayout.Label);
            disk.Save(folder["data.img"], data.Offset, data.Length);
        }
        Assert.InRange(Tool.TryRun("e2fsck", "-p", folder["data.img"]).ExitCode, 0, 1);
        Tool.Run("debugfs", "-R", $"dump {path} {target}", folder["data.img"]);
        Assert.True(File.Exists(target), $"{path} is not on the data partition");
    }

    /// <summary>Starts the machine; returns when a root shell answers.</summary>
    /// <param name="words">Words added to the kernel command line. With init=/bin/sh the shell is that one, in seconds instead of a minute. Without a boot loader only.</param>
    /// <param name="firmware">What starts the kernel.</param>
    public async Task BootAsync(string words = "", Firmware firmware = Firmware.Direct)
    {
        machine = VirtualMachine.Start(new MachineOptions
        {
            Image = Disk,
            Media = Media.Disk,
            Firmware = firmware,
            Memory = new MemorySize(512),
            Direct = direct with { CommandLine = $"{direct.CommandLine} {words}" },
            FirmwareVariables = folder["variables.fd"],
            WriteLog = folder["log"],
            SkipsHostFlush = true,
        }, await AcceleratorDetector.ResolveAsync(AcceleratorChoice.Auto));
        await FindShellAsync(isFirst: $"{direct.CommandLine} {words}".Contains(Shell, StringComparison.Ordinal));
    }

    /// <summary>Runs a command as root; the test fails when its exit code is not 0. What it wrote.</summary>
    public async Task<string> RunAsync(string command)
    {
        var (code, output) = await shell!.RunAsync(command, Patience);
        Assert.True(code == 0, $"{command} ended with {code}: {output}");
        return output;
    }

    /// <summary>Lets systemd start the machine anew; returns when a root shell answers.</summary>
    public async Task RebootAsync()
    {
        await machine!.RebootAsync(null, Patience);
        await FindShellAsync(isFirst: direct.CommandLine.Contains(Shell, StringComparison.Ordinal));
    }

    /// <summary>Pulls the plug.</summary>
    public async Task PowerCutAsync()
    {
        if (machine is not null)
            await machine.DisposeAsync();
        machine = null;
    }

    public async ValueTask DisposeAsync()
    {
        await PowerCutAsync();
        folder.Dispose();
    }

    private async Task FindShellAsync(bool isFirst)
    {
        if (isFirst)
        {
            await machine!.Transcript.ExpectAsync(Prompt, Patience);
            shell = new ConsoleShell(machine);
            return;
        }
        Assert.True(await machine!.Agent.WaitReadyAsync(Patience), "no shell answers in the guest");
        shell = machine.Agent;
    }
}
