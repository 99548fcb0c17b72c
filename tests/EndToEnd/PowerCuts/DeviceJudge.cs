using ImageBuilder.Formats.Gpt;
using ImageBuilder.Init;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Disks;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.EndToEnd.Tests.PowerCuts;

/// <summary>
/// Starts from a state of a disk as the boot program does, with its own code as far as no mount is needed: partition table, state record, factory stack,
/// choice of the slot, growth. Then e2fsck mends the data partition as it would, and debugfs looks whether what the record names is there.
/// </summary>
/// <param name="folder">For the data partition's copy.</param>
internal sealed class DeviceJudge(TempFolder folder)
{
    /// <summary>What the boot program chooses. Throws when the device would not start.</summary>
    /// <param name="state">The state; it is not changed.</param>
    public DeviceVerdict Judge(BlockLogState state)
    {
        var disk = state.Disk.Fork();
        var device = new LoggedDevice(disk, 0, disk.Length);
        var parts = DiskTables.Read(device.AsContent())!.Partitions;
        var system = parts.Single(part => part.Name == FactoryPartition.Label);
        var factory = FactoryPartition.Read((offset, buffer) => device.Read(system.Offset + offset, buffer), system.Length);
        var place = parts.Single(part => part.Name == PartitionCopies.Label);
        var reading = new StateStore(new PartitionCopies(new LoggedDevice(disk, place.Offset, place.Length))).Load();
        var record = reading.Record ?? throw new InvalidDataException($"the state record is lost: {string.Join("; ", reading.Faults)}");
        var (slot, stack, _) = DeviceState.Choose(null, record, factory.Manifest.Id);
        var grown = DiskGrowth.Apply(device, DataLayout.Label, Guid.NewGuid);
        if (DiskGrowth.Apply(device, DataLayout.Label, Guid.NewGuid).Done is { Count: > 0 } again)
            throw new InvalidDataException($"the disk grows a second time: {string.Join("; ", again)}");
        return new DeviceVerdict(record, slot, stack, grown, disk);
    }

    /// <summary>Lets e2fsck mend the data partition, and reads files of it. Throws when it cannot be mended, or an upper that the record names is not whole.</summary>
    /// <param name="verdict">Of <see cref="Judge"/>.</param>
    /// <returns>Names and content of the given file in the uppers that the record names, by number; those that have none are left out.</returns>
    /// <param name="file">Path in an upper.</param>
    public IReadOnlyDictionary<uint, string> Mend(DeviceVerdict verdict, string file)
    {
        var data = folder["data.img"];
        verdict.Disk.Save(data, verdict.Growth.Offset, verdict.Growth.Length);
        var (code, output, error) = Tool.TryRun("e2fsck", "-p", data);
        if (!FileSystemCheck.IsMended(code))
            throw new InvalidDataException($"e2fsck -p ends with {code}: {output}{error}");
        Tool.Run("e2fsck", "-f", "-n", data);
        var found = new Dictionary<uint, string>();
        var folders = Tool.Run("debugfs", "-R", $"ls -p {DataLayout.Uppers}", data);
        foreach (var upper in verdict.Record.NamedUppers)
        {
            // The record names a new upper before there is one, and the next start makes it; half of one never has its name, and what is kept is there.
            if (!folders.Contains($"/{upper}/", StringComparison.Ordinal) && !verdict.Record.Kept.Contains(upper))
                continue;
            var stamp = Read($"{DataLayout.Upper(upper)}/{DataLayout.StampName}");
            if (stamp != $"{verdict.Stack} {upper}\n")
                throw new InvalidDataException($"upper {upper} is named by the record, and its stamp is '{stamp}'");
            if (Read($"{DataLayout.Upper(upper)}/{DataLayout.UpperName}{file}") is { Length: > 0 } content)
                found[upper] = content;
        }
        return found;

        string Read(string path) => Tool.Run("debugfs", "-R", $"cat {path}", data);
    }
}

/// <summary>What the boot program chose on a disk.</summary>
/// <param name="Record">The state record that counts.</param>
/// <param name="Slot">The slot.</param>
/// <param name="Stack">Its stack.</param>
/// <param name="Growth">The data partition.</param>
/// <param name="Disk">The disk, grown.</param>
internal sealed record DeviceVerdict(StateRecord Record, Slot Slot, StackId Stack, GrowthResult Growth, LoggedDisk Disk);
