using System.Globalization;
using System.Text.RegularExpressions;
using ImageBuilder.Update;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Tests.Updates;

/// <summary>The native program, as a device runs it, in a root of its own: killed in the middle, watched at its system calls, and measured. Needs root, and ./build.sh before.</summary>
public sealed partial class ProgramTests : IDisposable
{
    private const int LargeLayer = 256 << 20, MostMemory = 32 << 20, MostProgram = 6_000_000;
    private static readonly string Program = FindProgram();
    private readonly SecretKey key = SecretKey.Generate();
    private readonly TestRepository repository;
    private readonly BootedSystem system;

    public ProgramTests()
    {
        repository = new TestRepository(key);
        var update = new UpdateSettings { Url = "/repo", Compatible = "board-1", Keys = [new TrustedKey(key.Public, null)] };
        system = new BootedSystem(settings: new ImageSettings { Name = "appliance", Version = "1.0.0", Upper = "persistent", Update = update }, dataMiB: 512);
    }

    private SlotDisk Disk => system.Disk!;

    public void Dispose()
    {
        system.Dispose();
        repository.Dispose();
        key.Dispose();
    }

    [RootFact("unshare", "losetup", "mke2fs", "mksquashfs")]
    public void Killed_again_and_again_it_goes_on_and_comes_to_the_end()
    {
        if (!IsBuilt())
            return;
        var stack = Publish(LargeLayer);
        var partial = $"{system.Data}{DataLayout.Layers}/.new-{stack.Layers[0].Sha256}";
        // At the first byte, in the middle, and when all is there: while it is read back, the boot set is written, the slot is armed.
        foreach (var (length, milliseconds) in ((int, int)[])[(1, 0), (60 << 20, 0), (140 << 20, 0), (LargeLayer, 0), (LargeLayer, 200), (LargeLayer, 600)])
        {
            var (_, told) = InSystem($"""
                chroot $ROOT /usr/bin/imageagent install & pid=$!
                until [ ! -d /proc/$pid/root/ ] || [ -e {system.Data}{DataLayout.Layers}/{stack.Layers[0].Sha256}.squashfs ] || [ "$(stat -c %s {partial} 2>/dev/null || echo 0)" -ge {length} ]; do sleep 0.01; done
                sleep {(milliseconds / 1000.0).ToString(CultureInfo.InvariantCulture)}; kill -9 $pid; wait
                """);
            Assert.DoesNotContain("error", told, StringComparison.Ordinal);
            var record = system.Record;
            Assert.Equal((Slot.A, Disk.Factory.Id), (record.Active, record.A.Stack));
            if (length < LargeLayer)
                Assert.Equal((InstallPhase.Staging, true), (record.Phase, File.Exists(partial)));
        }
        var (code, output) = InSystem("agent install && agent verify");
        Assert.True(code == 0, output);
        Assert.Equal((InstallPhase.Armed, stack.Id, "B"), (system.Record.Phase, system.Record.B.Stack, Disk.Once));
    }

    [RootFact("unshare", "losetup", "mke2fs", "mksquashfs", "strace")]
    public void It_writes_to_the_store_the_other_slot_the_record_and_the_hints_and_nowhere_else()
    {
        if (!IsBuilt())
            return;
        Publish(3 << 20);
        var (code, output) = InSystem("strace -f -y -s 0 -e trace=open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,truncate,mount -o $F/trace chroot $ROOT /usr/bin/imageagent install");
        Assert.True(code == 0, output);
        var trace = File.ReadAllLines(system.Outside("trace"));
        var written = trace.Select(line => Opened().Match(line)).Where(match => match.Success).Select(match => Normal(match.Groups["path"].Value)).Distinct().Order(StringComparer.Ordinal).ToList();

        string[] data = [DataLayout.Layers, DataLayout.Stacks, DataLayout.Channels, DataLayout.Uppers, DataLayout.Trash];
        string[] devices = [Disk.PathOf("ib-boot-b"), Disk.PathOf(PartitionCopies.Label), Disk.PathOf("esp"), "/dev/null"];
        var elsewhere = written.Where(path => !devices.Contains(path) && !data.Any(folder => path.StartsWith($"/run/ib/data{folder}/", StringComparison.Ordinal)) && path != "/run/imagebuilder/agent.lock");
        Assert.Equal([], elsewhere);
        Assert.Contains(Disk.PathOf("ib-boot-b"), written);
        Assert.Contains(Disk.PathOf(PartitionCopies.Label), written);
        Assert.Contains(written, path => path.StartsWith($"/run/ib/data{DataLayout.Layers}/", StringComparison.Ordinal));
        Assert.DoesNotContain(trace, line => line.Contains(" mount(", StringComparison.Ordinal));
    }

    [RootFact("unshare", "losetup", "mke2fs", "mksquashfs")]
    public void It_is_small_and_takes_little_memory_however_large_the_layer_is()
    {
        if (!IsBuilt())
            return;
        Publish(LargeLayer);
        var (code, output) = InSystem("""python3 -c 'import os,resource,sys; c=os.system("chroot $ROOT /usr/bin/imageagent install >&2"); print("kB", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(c != 0)'""");
        Assert.True(code == 0, output);
        Assert.InRange(long.Parse(Kilobytes().Match(output).Groups[1].Value, CultureInfo.InvariantCulture) << 10, 1, MostMemory);
        Assert.InRange(new FileInfo(Program).Length, 1, MostProgram);
    }

    /// <summary>Runs a script where `agent` is the program in the system's root.</summary>
    private (int Code, string Output) InSystem(string script)
    {
        var setup = $$"""
            mount --make-rprivate /
            export F={{Path.GetDirectoryName(system.Root)}} ROOT={{system.Root}}
            mkdir -p $ROOT/proc $ROOT/dev $ROOT/sys $ROOT/run $ROOT/repo $ROOT$F/run $ROOT/usr/bin
            cp {{Program}} $ROOT/usr/bin/imageagent
            for library in $(ldd {{Program}} | grep -o '/[^ ]*'); do mkdir -p $ROOT${library%/*}; cp -L $library $ROOT$library; done
            for folder in proc dev; do mount --rbind /$folder $ROOT/$folder; done
            mount --bind {{Disk.Sysfs}} $ROOT/sys
            mount --rbind $F/run $ROOT/run
            mount --rbind $F/run $ROOT$F/run
            mount --bind {{repository.Path}} $ROOT/repo
            agent() { chroot $ROOT /usr/bin/imageagent "$@"; }
            {{script}}
            """;
        var (code, output, error) = Tool.TryRun("unshare", "-m", "bash", "-c", setup);
        return (code, output + error);
    }

    private StackManifest Publish(int layer)
    {
        var stack = Disk.Factory with { Version = "2.0.0", Layers = [repository.Random(layer), .. Disk.Factory.Layers], Boot = repository.Random(1_000_001) };
        repository.Publish(stack, 1);
        return stack;
    }

    // strace names files as they are seen from outside the root.
    private string Normal(string path) => path.StartsWith(system.Root + '/', StringComparison.Ordinal) ? path[system.Root.Length..] : path;

    private static bool IsBuilt()
    {
        Assert.True(File.Exists(Program) || !Tool.InCi, $"{Program} is not there: ./build.sh makes it");
        return File.Exists(Program);
    }

    private static string FindProgram()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "ImageBuilder.sln")))
                return Path.Combine(folder, "artifacts/device/imageagent");
        throw new InvalidOperationException("ImageBuilder.sln is in none of the folders above the test");
    }

    [GeneratedRegex(@"open(at|at2)?\(.*(O_WRONLY|O_RDWR|O_CREAT).*\) += \d+<(?<path>[^>]+?)( \(deleted\))?>", RegexOptions.ExplicitCapture)]
    private static partial Regex Opened();

    [GeneratedRegex(@"kB (\d+)")]
    private static partial Regex Kilobytes();
}
