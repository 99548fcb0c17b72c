using System.Text.RegularExpressions;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Tests.Updates;

/// <summary>What an installation has opened to write, as strace saw it.</summary>
internal static partial class DeviceTrace
{
    private const string Name = "trace";

    /// <summary>For a script of <see cref="DeviceProgram"/>: traces the command behind it.</summary>
    public const string Command = $"strace -f -y -s 0 --seccomp-bpf -e trace=open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,truncate,mount -o $F/{Name}";

    /// <summary>The store, the boot set of the slot that does not run, the record and the hints were written, and nothing else; nothing was mounted.</summary>
    public static void RequireOnlyItsOwnWrites(BootedSystem system)
    {
        var trace = File.ReadAllLines(system.Outside(Name));
        var written = trace.Select(line => Opened().Match(line)).Where(match => match.Success).Select(match => Normal(system, match.Groups["path"].Value)).Distinct().Order(StringComparer.Ordinal).ToList();
        string[] data = [DataLayout.Layers, DataLayout.Stacks, DataLayout.Channels, DataLayout.Uppers, DataLayout.Trash];
        string[] devices = [system.Disk!.PathOf("ib-boot-b"), system.Disk.PathOf(PartitionCopies.Label), system.Disk.PathOf("esp"), "/dev/null"];
        var elsewhere = written.Where(path => !devices.Contains(path) && !data.Any(folder => path.StartsWith($"/run/ib/data{folder}/", StringComparison.Ordinal)) && path != "/run/imagebuilder/agent.lock");
        Assert.Equal([], elsewhere);
        Assert.Contains(system.Disk.PathOf("ib-boot-b"), written);
        Assert.Contains(system.Disk.PathOf(PartitionCopies.Label), written);
        Assert.Contains(written, path => path.StartsWith($"/run/ib/data{DataLayout.Layers}/", StringComparison.Ordinal));
        Assert.DoesNotContain(trace, line => line.Contains(" mount(", StringComparison.Ordinal));
    }

    // strace names files as they are seen from outside the root.
    private static string Normal(BootedSystem system, string path) => path.StartsWith(system.Root + '/', StringComparison.Ordinal) ? path[system.Root.Length..] : path;

    [GeneratedRegex(@"open(at|at2)?\(.*(O_WRONLY|O_RDWR|O_CREAT).*\) += \d+<(?<path>[^>]+?)( \(deleted\))?>", RegexOptions.ExplicitCapture)]
    private static partial Regex Opened();
}
