using System.Text.Json;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Tests;

/// <summary>status, reset, snapshot, rollback and clean on a data partition. Needs root.</summary>
public class UpperTests
{
    [RootFact("mksquashfs")]
    public void The_status_tells_what_runs_what_is_kept_and_what_happened_at_boot()
    {
        using var system = new BootedSystem();
        File.WriteAllText(system.Outside("run/imagebuilder/notice"), "The upper was new.\n");
        Assert.Equal(0, system.Agent("snapshot").Code);
        var (code, text, error) = system.Agent("status");
        Assert.Equal((0, ""), (code, error));
        foreach (var part in (string[])["appliance 1.0.0", "persistent, number 1, since ", "upper 2", "slot: a (default)", "NOTICE   The upper was new.", "NOTICE   the data partition was checked", "root ready after 1.5 s", "/dev/vda7: "])
            Assert.Contains(part, text);
        using var json = JsonDocument.Parse(system.Agent("status", "--json").Output);
        var (root, upper) = (json.RootElement, json.RootElement.GetProperty("upper"));
        Assert.Equal(("appliance", "a", "persistent", 1, 1), (root.GetProperty("name").GetString(), root.GetProperty("slot").GetString(), upper.GetProperty("kind").GetString(), upper.GetProperty("number").GetInt32(), upper.GetProperty("next").GetInt32()));
        Assert.Equal(2, root.GetProperty("kept")[0].GetProperty("number").GetInt32());
        Assert.True(root.GetProperty("data").GetProperty("free").GetInt64() > 0);
    }

    [RootFact("mksquashfs")]
    public void The_status_of_an_upper_in_memory_tells_how_full_it_is()
    {
        using var system = new BootedSystem("tmpfs");
        File.WriteAllBytes(system["/etc/large"], new byte[3 << 20]);
        var (code, text, error) = system.Agent("status");
        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"3\.[1-9] MB of .* of memory used", text);
    }

    [RootFact("mksquashfs")]
    public void After_a_reset_the_next_boot_has_an_empty_upper_and_this_one_stays_mounted()
    {
        using var system = new BootedSystem();
        File.WriteAllText(system["/etc/mine"], "mine");
        var (code, text, error) = system.Agent("reset");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("systemctl reboot", text);
        Assert.Equal(0, system.Agent("clean").Code);
        Assert.Equal("mine", File.ReadAllText(system["/etc/mine"]));
        var choice = Boot(system);
        Assert.NotEqual(1u, choice.Number);
        Assert.Empty(Directory.EnumerateFileSystemEntries($"{system.Data}{choice.Folder}/upper"));
        Assert.Contains($"the next start has upper {choice.Number}", system.Agent("status").Output);
    }

    [RootFact("mksquashfs")]
    public void What_is_kept_shows_after_the_reset_and_persisted_paths_need_no_keeping()
    {
        using var system = new BootedSystem();
        foreach (var name in (string[])["mine", "yours"])
            File.WriteAllText(system[$"/etc/{name}"], name);
        var (code, text, error) = system.Agent("reset", "--keep", "/etc/mine", "/opt/../etc/yours/", "/home/ada");
        Assert.Equal((0, "imageagent: /home/ada stays anyway: /home is persisted\n"), (code, error));
        Assert.Contains("but for /etc/mine, /etc/yours", text);
        Assert.Equal(["mine", "yours"], Directory.EnumerateFiles($"{system.Data}{Boot(system).Folder}/upper/etc").Select(Path.GetFileName).Order());
        Assert.False(system.Record.ForgetIdentity);
        system.Agent("reset", "--identity");
        Assert.True(system.Record.ForgetIdentity);
    }

    [RootFact("mksquashfs")]
    public void A_rollback_brings_the_copy_back_and_keeps_what_was_in_use()
    {
        using var system = new BootedSystem();
        File.WriteAllText(system["/etc/mine"], "then");
        Assert.Equal("""{"upper":2,"kept":[2]}""" + "\n", system.Agent("snapshot", "--json").Output);
        File.WriteAllText(system["/etc/mine"], "now");
        Assert.Equal("""{"upper":2,"kept":[1]}""" + "\n", system.Agent("rollback", "--upper", "2", "--json").Output);
        Assert.Equal("then", File.ReadAllText($"{system.Data}{Boot(system).Folder}/upper/etc/mine"));
        var (code, _, error) = system.Agent("rollback", "--upper", "7");
        Assert.Equal(2, code);
        Assert.Contains("IB6026", error);
    }

    [RootFact("mksquashfs")]
    public void Cleaning_deletes_what_a_boot_has_left_behind()
    {
        using var system = new BootedSystem();
        var left = Directory.CreateDirectory($"{system.Data}{DataLayout.Upper(9)}/upper").FullName;
        File.WriteAllText($"{left}/large", "x");
        Assert.Equal("""{"deleted":3,"complete":true}""" + "\n", system.Agent("clean", "--json").Output);
        Assert.False(Directory.Exists(left));
        Assert.Empty(Directory.EnumerateFileSystemEntries(system.Data + DataLayout.Trash));
    }

    [RootFact("mksquashfs")]
    public void What_cannot_be_done_here_is_refused_with_the_reason()
    {
        using var memory = new BootedSystem("tmpfs");
        using var readOnly = new BootedSystem("none");
        foreach (var verb in (string[])["reset", "snapshot"])
        {
            Assert.Contains("IB6112: what this system changes is in memory", memory.Agent(verb).Error);
            Assert.Contains("IB6112: what this system changes is nothing: its root is read-only", readOnly.Agent(verb).Error);
        }
        Assert.Contains("IB6112", memory.Agent("clean").Error);
        Assert.Contains("IB6114", readOnly.Agent("changes").Error);
        Assert.Contains("none: the root is read-only", readOnly.Agent("status").Output);
        using (File.Open(memory.Outside("run/imagebuilder/agent.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            Directory.CreateDirectory(memory.Data + DataLayout.Root);
            Assert.Contains("IB6113", memory.Agent("clean").Error);
        }
        var stray = BootedSystem.Capture(["status", "--json"], () => Device.Open("/", memory.Outside("nowhere")));
        Assert.Equal(1, stray.Code);
        Assert.Equal("IB6111", JsonDocument.Parse(stray.Error).RootElement.GetProperty("id").GetString());
    }

    // What the boot program does with the record.
    private static UpperChoice Boot(BootedSystem system)
    {
        using var data = new Linux.Files.FileTree(system.Data);
        return new UpperStore(data, new StateStore(new FileCopies(data))).Open(Slot.A, BootedSystem.Stack);
    }
}
