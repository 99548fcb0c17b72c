using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Linux.Mounts;

namespace ImageBuilder.Init;

/// <summary>A small command line for a boot that failed or was told to stop: enough to see what is wrong, and to mend it.</summary>
internal sealed class Prompt(Boot boot)
{
    private const string Help = """
        devices              block devices, with label, identifier and type
        mount [DEV DIR TYPE] what is mounted; or mounts a device read-only
        umount DIR           unmounts
        ls [DIR]             files in a directory
        cat FILE             the text of a file
        dmesg                the kernel's log
        modules              modules of the initramfs; * are loaded or were tried
        modprobe NAME        loads a module with all that it needs
        cmdline              the kernel command line, and what this program makes of it
        shell [DIR]          a shell of the system at /sysroot, or at another folder; 'exit' comes back
        continue, retry      goes on: with the phase, or with the one that failed
        reboot, poweroff     restarts the machine, or turns it off
        """;

    /// <summary>Returns when the boot is to go on.</summary>
    public void Run()
    {
        Terminal.TakeOver("/dev/console");
        while (true)
        {
            Process.Reap();
            Terminal.Write("init> ");
            var words = (Terminal.ReadLine() ?? "reboot").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["retry"] or ["continue"] or ["exit"])
                return;
            try
            {
                Execute(words);
            }
            catch (Exception error)
            {
                Print(error.Message);
            }
        }
    }

    private void Execute(string[] words)
    {
        switch (words)
        {
            case []: break;
            case ["help"]: Print(Help); break;
            case ["devices"]: Print(Devices()); break;
            case ["mount"]: Print(MountInfo.Read().Select(mount => $"{mount.Source} on {mount.Target} type {mount.Type} ({mount.Options})")); break;
            case ["mount", var device, var folder, var type]:
                boot.Modules?.LoadAsync($"fs-{type}").Wait();
                Directory.CreateDirectory(folder);
                Mount.Attach(device, folder, type, MountFlags.ReadOnly);
                break;
            case ["umount", var folder]: Mount.Detach(folder); break;
            case ["ls"]: List("/"); break;
            case ["ls", var folder]: List(folder); break;
            case ["cat", var file]: Print(File.ReadAllText(file)); break;
            case ["dmesg"]: Print(KernelLog.ReadAll()); break;
            case ["modules"]: Print(Modules()); break;
            case ["modprobe", var module]:
                Print(boot.Modules is null ? "no modules yet" : boot.Modules.LoadAsync(module).Result ? "loaded" : "not loaded: see dmesg, or not in this initramfs");
                break;
            case ["cmdline"]: Print([boot.CommandLine.Text, .. boot.Reading.Words.Where(word => word.Known is not null).Select(Explain)]); break;
            case ["shell"]: RootShell.Run(Paths.NewRoot); break;
            case ["shell", var folder]: RootShell.Run(folder); break;
            case ["reboot"]: Machine.Restart(); break;
            case ["poweroff"]: Machine.PowerOff(); break;
            default: Print($"not understood: {string.Join(' ', words)}; 'help' lists the commands"); break;
        }
    }

    private IReadOnlyList<string> Devices() =>
        MediumReport.Table(BlockDevice.List().Select(name => BlockDevice.Probe(name)).Where(device => device.Size > 0 || device.Trouble is not null)
            .OrderBy(device => device.Name, StringComparer.Ordinal), boot.Refused);

    private static string Explain(WordReading word) =>
        $"  {word.Said}: {word.Problem ?? word.Known!.Meaning}{(word.Ours.Count == 0 ? "" : $" (as {string.Join(' ', word.Ours)})")}{(word.Note is null ? "" : "; " + word.Note)}";

    private IEnumerable<string> Modules()
    {
        var started = boot.Modules?.Started.ToHashSet() ?? [];
        return boot.Modules?.Table.Modules.Keys.Select(name => started.Contains(name) ? $"* {name}" : $"  {name}") ?? [];
    }

    private static void List(string folder) => Print(new DirectoryInfo(folder).EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal)
        .Select(entry => entry switch
        {
            { LinkTarget: { } target } => $"{entry.Name} -> {target}",
            DirectoryInfo => $"{entry.Name}/",
            FileInfo file => $"{entry.Name}  {file.Length}",
            _ => entry.Name,
        }));

    private static void Print(IEnumerable<string> lines) => Print(string.Join('\n', lines));

    private static void Print(string text) => Terminal.Write(text.TrimEnd('\n') + "\n");
}
