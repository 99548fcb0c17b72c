using ImageBuilder.Formats;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;
using ImageBuilder.Update.Tests.Model;
using Xunit.Abstractions;
using DeviceState = ImageBuilder.Update.Tests.Model.State;

namespace ImageBuilder.Update.Tests.Cuts;

/// <summary>Power cuts, reordered writes and failing devices, at every operation of what happens to uppers.</summary>
[Collection(CutGroup.Name)]
public class UpperCutTests(Results results, ITestOutputHelper output)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void First_boot(bool recordInFiles) =>
        Enumerate("first boot", recordInFiles, BootAndUse, Prepared(recordInFiles, device => device.State.Save(device.State.Save(StateRecord.AsShipped(Device.Factory)))));

    [Fact]
    public void First_boot_of_a_stick_without_a_record() => Enumerate("first boot without a record", true, BootAndUse, new DeviceState());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reset(bool recordInFiles) =>
        Enumerate("reset", recordInFiles, device => device.Uppers.Reset(Slot.A, Device.Factory, []), Used(recordInFiles));

    [Fact]
    public void Reset_by_a_token_with_a_new_identity() =>
        Enumerate("reset by token, new identity", false, device => device.Uppers.Reset(Slot.A, Device.Factory, [], identity: true, token: "2026-11-24"), Used(false));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reset_that_keeps_paths(bool recordInFiles) =>
        Enumerate("reset with kept paths", recordInFiles, device => device.Uppers.Reset(Slot.A, Device.Factory, ["/etc/ssh", "/var/log"]), Used(recordInFiles));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Snapshot(bool recordInFiles) =>
        Enumerate("snapshot", recordInFiles, device => device.Uppers.Snapshot(Slot.A, Device.Factory), Used(recordInFiles));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rollback(bool recordInFiles) =>
        Enumerate("rollback", recordInFiles, device => device.Uppers.Rollback(Slot.A, Device.Factory, 2), Used(recordInFiles));

    [Fact]
    public void Boot_with_the_upper_of_another_stack() =>
        Enumerate("upper of another stack", false, device => device.Boot(), Prepared(false, device =>
        {
            Fill(device);
            device.Files.Write($"{DataLayout.Upper(1)}/{DataLayout.StampName}", new UpperStamp(new StackId(new byte[StackId.Length - 1].Append((byte)1).ToArray()), 1).ToBytes());
        }));

    [Fact]
    public void Boot_after_a_reset_with_everything_to_be_collected() =>
        Enumerate("boot after a reset", false, device => device.Boot(), Prepared(false, device =>
        {
            Fill(device);
            device.Uppers.Reset(Slot.A, Device.Factory, [], identity: true);
        }));

    [Theory]
    [InlineData("reset", "disk", 1)]
    [InlineData("reset and collect", "disk", 3)]
    [InlineData("kept paths", "syncfs", 1)]
    [InlineData("kept paths", "/ib/uppers", 1)]
    [InlineData("kept paths", "disk", 1)]
    [InlineData("snapshot", "syncfs", 1)]
    [InlineData("snapshot", "/ib/uppers", 1)]
    [InlineData("first boot", "syncfs", 1)]
    [InlineData("first boot", "/ib/uppers", 1)]
    public void The_model_notices_a_missing_flush(string what, string flush, int atOnce)
    {
        var start = what == "first boot" ? Prepared(false, device => device.State.Save(StateRecord.AsShipped(Device.Factory))) : Used(false);
        Action<Device> act = what switch
        {
            "first boot" => BootAndUse,
            "kept paths" => device => device.Uppers.Reset(Slot.A, Device.Factory, ["/etc/ssh"]),
            "snapshot" => device => device.Uppers.Snapshot(Slot.A, Device.Factory),
            "reset" => device => device.Uppers.Reset(Slot.A, Device.Factory, []),
            _ => device =>
            {
                device.Uppers.Reset(Slot.A, Device.Factory, []);
                device.Uppers.Collect(TimeSpan.MaxValue);
            },
        };
        var sound = new Story { Start = start, Act = act, Twice = false };
        sound.Run();
        var flushes = Enumerable.Range(0, sound.Syncs.Count).Where(sync => sound.Syncs[sync] == flush).ToList();
        // Where one flush covers another, only their lack together shows.
        var wrong = (IEnumerable<int[]>)(atOnce == 1 ? flushes.Select(sync => (int[])[sync]) : [[.. flushes]]);

        var noticed = wrong.Where(left => Record.Exception(new Story { Start = start, Act = act, Twice = false, SkippedSyncs = left.ToHashSet() }.Run) is not null);

        Assert.True(flushes.Count >= atOnce);
        Assert.NotEmpty(noticed);
    }

    private void Enumerate(string what, bool recordInFiles, Action<Device> act, DeviceState start)
    {
        var story = new Story { Start = start, Act = act, RecordInFiles = recordInFiles };
        story.Run();
        var name = $"{what}, record in {(recordInFiles ? "files" : "ib-state")}";
        output.WriteLine($"{name}: {story.Operations} operations, {story.States} distinct states, {story.Recoveries} of them after a second fault; all recovered");
        results.Add(name, story.Operations, story.States, story.Recoveries);
        Assert.True(story.States >= story.Operations, "fewer states than operations: the model does not cut");
    }

    /// <summary>A device that has been in use: a person's changes in its upper, and an earlier one that is kept.</summary>
    private static DeviceState Used(bool recordInFiles) => Prepared(recordInFiles, device =>
    {
        Fill(device);
        device.Uppers.Snapshot(Slot.A, Device.Factory);
        device.Files.Write(Path("/etc/hostname"), "changed after the snapshot"u8);
    });

    private static DeviceState Prepared(bool recordInFiles, Action<Device> prepare)
    {
        var device = new Device(new World(new DeviceState()), recordInFiles, 2);
        prepare(device);
        return device.World.AfterShutdown();
    }

    /// <summary>What a program changes in its new root, and brings to the device itself, is there afterwards.</summary>
    private static void BootAndUse(Device device)
    {
        var root = $"{device.Boot().Folder}/{DataLayout.UpperName}";
        try
        {
            device.Files.SetAttribute(root, "user.first", [1]);
            device.Files.Sync(root);
        }
        catch (IOException error)
        {
            throw new ImageException(ImageErrorKind.Io, "IB0000", error.Message); // the program's own trouble
        }
    }

    private static string Path(string path) => $"{DataLayout.Upper(1)}/{DataLayout.UpperName}{path}";

    private static void Fill(Device device)
    {
        device.State.Save(StateRecord.AsShipped(Device.Factory));
        device.Boot();
        foreach (var folder in (string[])[Path("/etc"), Path("/etc/ssh"), Path("/root"), DataLayout.Persist, DataLayout.Identity, DataLayout.Persisted("/home"), DataLayout.Area(1, "/var/log")])
            device.Files.MakeFolder(folder);
        device.Files.SetAttribute(Path("/etc/ssh"), "trusted.overlay.opaque", "y"u8.ToArray());
        device.Files.Write(Path("/etc/ssh/sshd_config"), "Port 2222\n"u8);
        device.Files.Link(Path("/etc/ssh/sshd_config"), Path("/etc/ssh/second-name"));
        device.Files.Write(Path("/root/notes"), "remember"u8);
        device.Files.Write(DataLayout.Area(1, "/var/log") + "/journal", "yesterday"u8);
        device.Files.Write(DataLayout.Identity + "/machine-id", "0123"u8);
        device.Files.SyncAll();
        Assert.Equal(FileKind.Regular, device.Files.Find(Path("/root/notes"))!.Value.Kind);
    }
}
