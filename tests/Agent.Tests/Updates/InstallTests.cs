using System.Text.Json;
using ImageBuilder.Update;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Repositories;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Tests.Updates;

/// <summary>Looking for updates and installing them, on a disk with slots, from a folder. Needs root.</summary>
public sealed class InstallTests : IDisposable
{
    private readonly SecretKey key = SecretKey.Generate();
    private readonly TestRepository repository;
    private readonly BootedSystem system;

    public InstallTests()
    {
        repository = new TestRepository(key);
        var update = new UpdateSettings { Url = repository.Path, Compatible = "board-1", Keys = [new TrustedKey(key.Public, null)] };
        system = new BootedSystem(settings: new ImageSettings { Name = "appliance", Version = "1.0.0", Upper = "persistent", Persist = ["/home"], Update = update }, dataMiB: 96);
    }

    private SlotDisk Disk => system.Disk!;

    public void Dispose()
    {
        system.Dispose();
        repository.Dispose();
        key.Dispose();
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void An_update_goes_into_the_other_slot_and_is_armed()
    {
        var stack = Newer();
        repository.Publish(stack, 1);

        var check = Json(system.Agent("check", "--json"));
        var dry = Json(system.Agent("install", "--dry-run", "--json"));
        Assert.Equal(InstallPhase.Idle, system.Record.Phase);
        var (code, output, error) = system.Agent("install");

        Assert.Equal(("available", stack.Id.ToString()), (check.GetProperty("verdict").GetString(), check.GetProperty("stack").GetString()));
        Assert.Equal(stack.Layers[0].Size + stack.Boot!.Size, dry.GetProperty("download").GetInt64());
        Assert.Single(dry.GetProperty("layers").EnumerateArray()); // the base is in the factory partition
        Assert.True(code == 0, error);
        Assert.Contains("installed in slot B", output, StringComparison.Ordinal);
        var record = system.Record;
        Assert.Equal((InstallPhase.Armed, stack.Id, 0u, SlotStatus.Trial, (byte)2), (record.Phase, record.B.Stack, record.B.Upper, record.B.Status, record.B.Tries));
        Assert.Equal((Slot.A, Disk.Factory.Id), (record.Active, record.A.Stack));
        Assert.Equal("B", Disk.Once);
        Assert.Equal(stack.Boot.Sha256, Disk.Digest("ib-boot-b", stack.Boot.Size));
        Assert.Equal(Disk.Factory.Boot!.Sha256, Disk.Digest("ib-boot-a", Disk.Factory.Boot.Size));
        Assert.Equal(File.ReadAllBytes(repository[stack.Layers[0]]), File.ReadAllBytes($"{system.Data}{DataLayout.Layers}/{stack.Layers[0].Sha256}.squashfs"));
        Assert.Equal(stack.Id, StackManifest.IdOf(File.ReadAllBytes($"{system.Data}{DataLayout.Stacks}/{stack.Id}.json")));
        Assert.True(record.NewestTime > 0);
        // Once more: it is there.
        Assert.Equal("installed", Json(system.Agent("install", "--json")).GetProperty("verdict").GetString());
        Assert.Equal(0, system.Agent("verify").Code);
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void A_dry_run_lists_what_would_hide_something_new_and_loads_nothing()
    {
        var stack = Newer();
        File.WriteAllText(system["/etc/file0"], "mine");
        File.Delete(system["/etc/file1"]);
        File.WriteAllText(system["/etc/file2"], "mine");
        File.WriteAllText(system["/opt/app/file0"], "mine"); // stays behind in the old upper
        repository.Changes = new StackChanges(stack.Id, [new StackStep([Disk.Factory.Id], Files("/etc/file0", "/etc/file1", "/etc/file3", "/home/new", "/opt/app/file0"))]);
        repository.Publish(stack, 1);
        using var server = new FileServer(repository.Path);

        var dry = Json(system.Agent("install", "--dry-run", "--json", "--from", server.Url));
        var (code, output, error) = system.Agent("install", "--dry-run", "--from", server.Url);

        Assert.Equal([("/etc/file0", false), ("/etc/file1", false), ("/home/new", true)],
            dry.GetProperty("shadowed").EnumerateArray().Select(entry => (entry.GetProperty("path").GetString()!, entry.GetProperty("persisted").GetBoolean())));
        Assert.True(code == 0, error);
        Assert.Contains("changed here, would hide what is new: /etc/file0\nchanged here, would hide what is new: /etc/file1\npersisted, would hide what is new: /home/new\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("/etc/file2", output, StringComparison.Ordinal);
        Assert.DoesNotContain("/opt", output, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Requests, request => stack.Layers.Append(stack.Boot!).Any(blob => request.Path.EndsWith(blob.Sha256, StringComparison.Ordinal)));
        Assert.Equal(InstallPhase.Idle, system.Record.Phase);
        Directory.Delete(system["/etc"], recursive: true);
        Assert.Contains("would hide what is new: /etc\n", system.Agent("install", "--dry-run", "--from", server.Url).Output, StringComparison.Ordinal);
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void A_dry_run_says_why_it_cannot_tell_what_would_hide_something_new()
    {
        using var stranger = SecretKey.Generate();
        var (stack, sequence) = (Newer(), 0UL);
        var step = new StackStep([Disk.Factory.Id], Files("/etc/file0"));
        File.WriteAllText(system["/etc/file0"], "mine");
        Expect(null, "the repository has no list");
        Expect(new StackChanges(stack.Id, [step with { From = [BootedSystem.Stack] }]), "does not go back to the stack that runs");
        Expect(new StackChanges(BootedSystem.Stack, [step]), "IB6144");
        repository.ChangesKey = stranger;
        Expect(new StackChanges(stack.Id, [step]), "IB6041");
        repository.ChangesKey = null;
        repository.Changes = new StackChanges(stack.Id, [step with { Paths = Files("/etc/file5") }]);
        repository.Publish(stack, ++sequence);
        Assert.Contains("nothing that is kept would hide something new", system.Agent("install", "--dry-run").Output, StringComparison.Ordinal);
        Assert.Equal(0, Json(system.Agent("install", "--dry-run", "--json")).GetProperty("shadowed").GetArrayLength());
        // It is no part of what is installed.
        repository.ChangesKey = stranger;
        repository.Publish(stack, ++sequence);
        Assert.Equal(0, system.Agent("install").Code);

        void Expect(StackChanges? changes, string why)
        {
            repository.Changes = changes;
            repository.Publish(stack, ++sequence);
            var dry = Json(system.Agent("install", "--dry-run", "--json"));
            Assert.Equal(JsonValueKind.Null, dry.GetProperty("shadowed").ValueKind);
            Assert.Contains(why, dry.GetProperty("shadowedUnknown").GetString(), StringComparison.Ordinal);
            var (code, output, error) = system.Agent("install", "--dry-run");
            Assert.True(code == 0, error);
            Assert.Contains("cannot be told before the download: ", output, StringComparison.Ordinal);
        }
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void A_download_that_broke_off_goes_on_where_it_was()
    {
        var stack = Newer(40 << 20);
        repository.Publish(stack, 1);
        var (layer, cut) = ($"/blobs/sha256/{stack.Layers[0].Sha256}", 35 << 20);
        using var server = new FileServer(repository.Path);
        var broken = 0;
        server.Answer = request => request.Path != layer ? null : Interlocked.Increment(ref broken) == 1 ? new FileAnswer { CutAfter = cut } : new FileAnswer { Status = 404 };

        Refused("IB6122", "install", "--from", server.Url);
        Assert.Equal((InstallPhase.Staging, stack.Id), (system.Record.Phase, system.Record.B.Stack));
        system.Agent("clean"); // as a start does: what was begun stays
        var dry = Json(system.Agent("install", "--from", server.Url, "--dry-run", "--json"));
        server.Answer = _ => null;
        var (code, _, error) = system.Agent("install", "--from", server.Url);

        var present = dry.GetProperty("layers")[0].GetProperty("present").GetInt64();
        Assert.InRange(present, cut - (128 << 10), cut); // nothing that came was lost but what lay in a buffer
        Assert.True(code == 0, error);
        Assert.Equal(present, server.Requests.Last(request => request.Path == layer).Offset);
        Assert.Equal(InstallPhase.Armed, system.Record.Phase);
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void A_server_is_asked_as_often_as_is_wanted()
    {
        using var server = new FileServer(repository.Path) { Answer = _ => new FileAnswer { Status = 503 } };
        Refused("IB6120", "check", "--from", server.Url, "--attempts", "2");
        Assert.Equal(2, server.Requests.Count);
        var (code, _, error) = system.Agent("check", "--from", server.Url, "--attempts", "0");
        Assert.Equal((2, true), (code, error.Contains("--attempts 0: expected a number from 1", StringComparison.Ordinal)));
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void What_was_damaged_on_the_way_gets_no_name()
    {
        var stack = Newer();
        repository.Publish(stack, 1);
        Damage(repository[stack.Layers[0]], 700_000);

        Refused("IB6027", "install");
        Assert.Equal(InstallPhase.Staging, system.Record.Phase);
        Assert.Equal("none", Disk.Once);
        Assert.Empty(Directory.GetFiles(system.Data + DataLayout.Layers));

        Damage(repository[stack.Layers[0]], 700_000); // back
        Damage(repository[stack.Boot!], 1000);
        Refused("IB6135", "install");
        Assert.Equal((InstallPhase.Staging, "none"), (system.Record.Phase, Disk.Once));
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void Only_what_is_signed_and_new_enough_is_believed()
    {
        using var stranger = SecretKey.Generate();
        var stack = Newer();
        repository.Publish(stack, 5, signers: [stranger]);
        Refused("IB6041", "install");
        repository.Publish(stack, 5, signers: []);
        Refused("IB6041", "install");
        repository.Publish(stack, 5, document => document with { Expires = document.Created + 1 });
        Refused("IB6048", "install");
        repository.Publish(stack, 5);
        Assert.Equal(0, system.Agent("check").Code);
        repository.Publish(Newer(), 4);
        Refused("IB6047", "install"); // older than one that was seen
        repository.Publish(stack with { Epoch = 0, Compatible = ["board-2"] }, 6);
        Refused("IB6131", "install");
        Assert.Equal(InstallPhase.Idle, system.Record.Phase);
        Assert.False(Directory.Exists(system.Data + DataLayout.Layers));
        // Keys move on: the new one counts, the old one does no more.
        using var next = SecretKey.Generate();
        repository.Publish(stack, 7, document => document with { Keys = [new TrustedKey(next.Public, null)], Threshold = 1 });
        Assert.Equal(0, system.Agent("check").Code);
        repository.Publish(stack, 8);
        Refused("IB6041", "install");
        repository.Key = next;
        repository.Publish(stack, 8);
        Assert.Equal(0, system.Agent("install").Code);
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void A_clock_that_went_back_does_not_bring_expired_documents_back()
    {
        var stack = Newer();
        repository.Publish(stack, 1, document => document with { Created = document.Created + 4000 });
        Assert.Equal(0, system.Agent("check").Code);
        // By this machine's clock it is still good; by the newest signed time it is not.
        repository.Publish(stack, 2, document => document with { Expires = document.Created + 3000 });
        Refused("IB6048", "install");
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void Up_to_date_waiting_and_quarantined_are_told_and_not_installed()
    {
        var stack = Newer();
        repository.Publish(stack, 1, document => document with { Same = [Disk.Factory.Id] });
        Assert.Equal("up-to-date", Json(system.Agent("install", "--json")).GetProperty("verdict").GetString());
        repository.Publish(stack, 2, document => document with { Rollout = 0 });
        Assert.Equal("waiting", Json(system.Agent("check", "--json")).GetProperty("verdict").GetString());
        Refused("IB6141", "install");
        Write(record => record with { Quarantined = stack.Id, Reason = "it did not find its network", Phase = InstallPhase.Failed });
        repository.Publish(stack, 3);
        Assert.Contains("it did not find its network", system.Agent("check").Output, StringComparison.Ordinal);
        Refused("IB6140", "install");
        Assert.Equal(0, system.Agent("install", "--force").Code);
        Assert.Equal(InstallPhase.Armed, system.Record.Phase);
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void Nothing_is_begun_where_there_is_no_room()
    {
        repository.Publish(Newer(80 << 20), 1);
        Refused("IB6134", "install");
        Assert.Equal(InstallPhase.Idle, system.Record.Phase);
        var wide = Newer() with { Boot = repository.Random(5 << 20) };
        repository.Publish(wide, 2);
        Refused("IB6136", "install");
        Assert.Equal(InstallPhase.Idle, system.Record.Phase);
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void Nothing_is_installed_over_the_way_back_of_a_trial()
    {
        repository.Publish(Newer(), 1);
        Write(record => record with { Phase = InstallPhase.Trying, A = record.A with { Status = SlotStatus.Trial } });
        Refused("IB6139", "install");
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void What_no_slot_names_any_more_is_collected()
    {
        var (first, second) = (Newer(), Newer());
        repository.Publish(first, 1);
        Assert.Equal(0, system.Agent("install").Code);
        Write(record => record with { Phase = InstallPhase.Failed, B = record.B with { Status = SlotStatus.Failed }, Quarantined = first.Id });
        repository.Publish(second, 2);
        Assert.Equal(0, system.Agent("install").Code);
        Assert.Equal([$"{second.Layers[0].Sha256}.squashfs"], Directory.GetFiles(system.Data + DataLayout.Layers).Select(Path.GetFileName));
        Assert.DoesNotContain(Directory.GetFiles(system.Data + DataLayout.Stacks), path => path.Contains(first.Id.ToString(), StringComparison.Ordinal));
        Assert.Contains(Directory.GetFiles(system.Data + DataLayout.Stacks), path => path.Contains(second.Id.ToString(), StringComparison.Ordinal));
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void Damage_is_found_and_mended_by_digest_the_factory_stack_s_too()
    {
        var stack = Newer();
        foreach (var layer in Disk.Factory.Layers)
            repository.Add(FactoryLayer(layer));
        repository.Publish(stack, 1);
        Assert.Equal(0, system.Agent("install").Code);
        Damage($"{system.Data}{DataLayout.Layers}/{stack.Layers[0].Sha256}.squashfs", 12_345);
        var partition = FactoryPartition.LayOut(Disk.Factory);
        Disk.Put(FactoryPartition.Label, partition.Offsets[1] + 5000, [1, 2, 3, 4, 5, 6, 7, 8]);
        Disk.Put("ib-boot-b", 9000, [1, 2, 3, 4, 5, 6, 7, 8]);

        Refused("IB6142", "verify");
        var mended = Json(system.Agent("verify", "--repair", "--json"));
        Assert.Equal(3, mended.GetProperty("parts").EnumerateArray().Count(part => part.GetProperty("state").GetString() == "mended"));
        var (code, output, error) = system.Agent("verify");
        Assert.True(code == 0, output + error);
        system.Agent("clean");
        Assert.Equal(0, system.Agent("verify").Code);
    }

    [RootFact("losetup", "mke2fs", "mksquashfs")]
    public void Status_tells_of_slots_and_updates_also_while_another_agent_works()
    {
        var stack = Newer();
        repository.Publish(stack, 3);
        Assert.Equal(0, system.Agent("install").Code);
        using var other = File.Open($"{system.Run}/imagebuilder/agent.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        Refused("IB6113", "install");
        var update = Json(system.Agent("status", "--json")).GetProperty("update");
        Assert.Equal(("armed", stack.Id.ToString(), "trial"), (update.GetProperty("phase").GetString(), update.GetProperty("b").GetProperty("stack").GetString(), update.GetProperty("b").GetProperty("status").GetString()));
        var (_, output, _) = system.Agent("status");
        Assert.Contains("slot B is tried at the next start", output, StringComparison.Ordinal);
    }

    private static ChangedPath[] Files(params string[] paths) => [.. paths.Select(path => new ChangedPath(path, PathContent.File))];

    private StackManifest Newer(int layer = 1_234_567) => Disk.Factory with
    {
        Version = "2.0.0",
        Compatible = ["board-1"],
        Layers = [repository.Random(layer), .. Disk.Factory.Layers],
        Boot = repository.Random(1_000_001),
    };

    private byte[] FactoryLayer(StackBlob layer)
    {
        var partition = FactoryPartition.LayOut(Disk.Factory);
        return Disk.Read(FactoryPartition.Label, partition.Offsets[Disk.Factory.Layers.ToList().IndexOf(layer)], (int)layer.Size);
    }

    private void Write(Func<StateRecord, StateRecord> change)
    {
        using var partition = Linux.Blocks.RawDevice.Open(Disk.PathOf(PartitionCopies.Label), isBlockDevice: true);
        var state = new StateStore(new PartitionCopies(partition));
        state.Save(change(state.Load().Record!));
    }

    private void Refused(string id, params string[] arguments)
    {
        var (code, output, error) = system.Agent(arguments);
        Assert.True(code == 1 && error.Contains(id, StringComparison.Ordinal), $"expected {id}, got {code}\n{output}{error}");
    }

    private static void Damage(string file, int at)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[at] ^= 0x20;
        File.WriteAllBytes(file, bytes);
    }

    private static JsonElement Json((int Code, string Output, string Error) run)
    {
        Assert.True(run.Code == 0, run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
