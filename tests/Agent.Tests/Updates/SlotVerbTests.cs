using ImageBuilder.Update;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Tests.Updates;

/// <summary>`commit` and `rollback` on a disk with slots, in every phase that people meet. Needs root.</summary>
public sealed class SlotVerbTests : IDisposable
{
    private readonly SecretKey key = SecretKey.Generate();
    private readonly TestRepository repository;
    private readonly BootedSystem system;

    public SlotVerbTests()
    {
        repository = new TestRepository(key);
        var update = new UpdateSettings { Url = repository.Path, Keys = [new TrustedKey(key.Public, null)] };
        system = new BootedSystem(settings: new ImageSettings { Name = "appliance", Version = "1.0.0", Upper = "persistent", Update = update }, dataMiB: 64);
    }

    private SlotDisk Disk => system.Disk!;

    public void Dispose()
    {
        system.Dispose();
        repository.Dispose();
        key.Dispose();
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void What_is_on_trial_is_kept_and_can_be_gone_back_from()
    {
        Refused("IB6052", "commit");
        var stack = Install(epoch: 3);
        Refused("IB6052", "commit"); // armed, and slot A runs
        Assert.True(system.Start(Slot.B).Trial);

        Assert.Equal("slot b is kept: it starts from now on\n", Done("commit"));
        var kept = system.Record;
        Assert.Equal((InstallPhase.Committed, Slot.B, SlotStatus.Good, stack.Id, 3u), (kept.Phase, kept.Active, kept.B.Status, kept.B.Stack, kept.Epoch));
        Assert.Equal((("B", "B"), "none"), (Disk.Default, Disk.Once));
        Assert.False(File.Exists($"{system.Run}/imagebuilder/trial"));
        Assert.Equal("""{"slot":"b"}""" + "\n", Done("commit", "--json"));
        Assert.Equal(kept.ToBytes(), system.Record.ToBytes());

        Assert.Equal("the next start has slot a; restart to get there: imageagent reboot\n", Done("rollback"));
        Assert.Equal((("A", "A"), Slot.A, InstallPhase.Idle), (Disk.Default, system.Record.Active, system.Record.Phase));
        Assert.Equal((Disk.Factory.Id, stack.Id), (system.Record.A.Stack, system.Record.B.Stack));
        Assert.False(system.Start(Slot.A).Trial);
        // A daemon does not undo what somebody has gone back from; who wants it again goes back once more.
        Assert.Contains("slot B has it (imageagent rollback starts it)", Done("check"), StringComparison.Ordinal);
        Assert.Equal("""{"slot":"b"}""" + "\n", Done("rollback", "--json"));
        Assert.Equal(("B", "B"), Disk.Default);
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void What_is_armed_or_on_trial_is_given_up_by_a_rollback()
    {
        Install();
        Assert.Equal("slot a stays, and the other is not tried\n", Done("rollback"));
        Assert.Equal((InstallPhase.Idle, SlotStatus.Failed, "none", ("A", "A")), (system.Record.Phase, system.Record.B.Status, Disk.Once, Disk.Default));
        Assert.True(system.Record.Quarantined.IsEmpty);
        Refused("IB6055", "rollback"); // nothing is left to go back to
        Assert.Equal(0, system.Agent("install").Code); // given up is not failed: it may be installed again
        Assert.True(system.Start(Slot.B).Trial);
        Assert.Contains("the next start has slot a", Done("rollback"), StringComparison.Ordinal);
        Assert.False(system.Start(Slot.A).Trial);
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void Nothing_of_an_earlier_security_epoch_is_installed()
    {
        Install(epoch: 3);
        system.Start(Slot.B);
        Done("commit");
        repository.Publish(Newer(2), 2);
        Refused("IB6130", "check");
        Refused("IB6130", "install", "--force");
        Assert.Equal(Disk.Factory.Id, system.Record.A.Stack);
        repository.Publish(Newer(3), 3);
        Assert.Contains("it can be installed", Done("check"), StringComparison.Ordinal);
    }

    private StackManifest Install(uint epoch = 0)
    {
        var stack = Newer(epoch);
        repository.Publish(stack, 1);
        Done("install");
        return stack;
    }

    private StackManifest Newer(uint epoch) => Disk.Factory with { Version = "2.0.0", Epoch = epoch, Layers = [repository.Random(500_000), .. Disk.Factory.Layers], Boot = repository.Random(1_000_001) };

    private string Done(params string[] arguments)
    {
        var (code, output, error) = system.Agent(arguments);
        Assert.True(code == 0, output + error);
        return output;
    }

    private void Refused(string id, params string[] arguments)
    {
        var (code, output, error) = system.Agent(arguments);
        Assert.True(code == 1 && error.Contains(id, StringComparison.Ordinal), $"expected {id}, got {code}\n{output}{error}");
    }
}
