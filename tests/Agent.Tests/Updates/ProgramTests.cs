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
        if (!DeviceProgram.IsThere)
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
        if (!DeviceProgram.IsThere)
            return;
        Publish(3 << 20);
        var (code, output) = InSystem(DeviceTrace.Command + " chroot $ROOT /usr/bin/imageagent install");
        Assert.True(code == 0, output);
        DeviceTrace.RequireOnlyItsOwnWrites(system);
    }

    [RootFact("unshare", "losetup", "mke2fs", "mksquashfs")]
    public void It_is_small_and_takes_little_memory_however_large_the_layer_is()
    {
        if (!DeviceProgram.IsThere)
            return;
        Publish(LargeLayer);
        var (code, output) = InSystem("""python3 -c 'import os,resource,sys; c=os.system("chroot $ROOT /usr/bin/imageagent install >&2"); print("kB", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(c != 0)'""");
        Assert.True(code == 0, output);
        Assert.InRange(long.Parse(Kilobytes().Match(output).Groups[1].Value, CultureInfo.InvariantCulture) << 10, 1, MostMemory);
        Assert.InRange(new FileInfo(BuiltProgram.Agent).Length, 1, MostProgram);
    }

    private (int Code, string Output) InSystem(string script) => DeviceProgram.Run(system, script, repository.Path);

    private StackManifest Publish(int layer)
    {
        var stack = Disk.Factory with { Version = "2.0.0", Layers = [repository.Random(layer), .. Disk.Factory.Layers], Boot = repository.Random(1_000_001) };
        repository.Publish(stack, 1);
        return stack;
    }

    [GeneratedRegex(@"kB (\d+)")]
    private static partial Regex Kilobytes();
}
