using ImageBuilder.Formats;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Init;

/// <summary>
/// What the disk says of itself before anything on it is mounted: the state record, and the stack that it was shipped with. From both follows which
/// slot is started.
/// </summary>
internal static class DeviceState
{
    public static void Run(Boot boot)
    {
        var disk = boot.Disk!;
        ReadFactory(boot, disk);
        ReadRecord(boot, disk);
        if (boot.Record is { } before)
            SlotTrial.Begin(boot, SlotOf(boot.Options.Slot, before));
        var record = boot.Record ?? (boot.Factory is { } factory ? StateRecord.AsShipped(factory.Manifest.Id)
            : throw new BootException("neither the state record nor the factory stack can be read: nothing says what to start",
                ["Write the image again: the disk is damaged."], boot.Failures));
        (boot.Slot, boot.StackId, var why) = Choose(boot.Options.Slot, record, boot.Factory?.Manifest.Id);
        boot.Timeline.Set("slot", NameOf(boot.Slot.Value));
        boot.Timeline.Set("stack", boot.StackId.ToString());
        boot.Decide("slot", NameOf(boot.Slot.Value), why);
    }

    /// <summary>The slot that is started, its stack, and why.</summary>
    /// <exception cref="BootException">It has no stack.</exception>
    internal static (Slot Slot, StackId Stack, string Why) Choose(SlotChoice? asked, StateRecord record, StackId? factory)
    {
        var slot = SlotOf(asked, record);
        var stack = slot == Slot.Factory ? factory ?? default : record.Of(slot).Stack;
        if (stack.IsEmpty)
            throw new BootException(slot == Slot.Factory ? "the factory stack cannot be read" : $"slot {NameOf(slot)} has no stack",
                [slot == Slot.Factory ? "Choose another entry of the boot menu." : "Choose 'Factory state' in the boot menu."]);
        return (slot, stack, asked is null ? $"the state record's default, sequence {record.Sequence}" : "kernel command line");
    }

    internal static string NameOf(Slot slot) => HintFile.NameOf(slot);

    private static Slot SlotOf(SlotChoice? asked, StateRecord record) => asked switch { SlotChoice.A => Slot.A, SlotChoice.B => Slot.B, SlotChoice.Factory => Slot.Factory, _ => record.Active };

    private static void ReadFactory(Boot boot, BootedDisk disk)
    {
        if (disk.Find(FactoryPartition.Label) is not { } part)
        {
            boot.Fail($"there is no partition {FactoryPartition.Label} on {disk.Path}");
            return;
        }
        try
        {
            using var device = File.OpenHandle(part.Path);
            boot.Factory = FactoryPartition.Read((offset, buffer) =>
            {
                for (var done = 0; done < buffer.Length;)
                    done += RandomAccess.Read(device, buffer.AsSpan(done), offset + done) is > 0 and var read ? read : throw new IOException($"{part.Path} ends at byte {offset + done}");
            }, part.Length);
        }
        catch (Exception error) when (error is IOException or ImageException)
        {
            boot.Fail($"the factory stack on {part.Path} cannot be read: {error.Message}");
        }
    }

    private static void ReadRecord(Boot boot, BootedDisk disk)
    {
        if (disk.Find(PartitionCopies.Label) is not { } part)
        {
            boot.Fail($"there is no partition {PartitionCopies.Label} on {disk.Path}: nothing about slots and uppers can be noted");
            return;
        }
        boot.StateDevice?.Dispose();
        boot.StateDevice = RawDevice.Open(part.Path, isBlockDevice: true);
        boot.State = new StateStore(new PartitionCopies(boot.StateDevice));
        var reading = boot.State.Load();
        boot.Record = reading.Record;
        foreach (var fault in reading.Faults.OfType<string>())
            boot.Log.Warning($"state record: {fault}");
        if (reading.Record is null)
            boot.Fail($"the state record is lost: {string.Join("; ", reading.Faults.OfType<string>())}");
    }
}
