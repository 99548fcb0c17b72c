using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent;

/// <summary>
/// The slots of the disk that was started from, with the store that both share, opened by this program alone: `using var slots = DeviceSlots.Open(call.OpenDevice());`, then
/// <see cref="Switch"/> takes every step of an installation.
/// </summary>
internal sealed class DeviceSlots : IDisposable
{
    private const int MostManifest = 64 << 10;
    private readonly string disk;
    private readonly RawDevice? esp;

    private DeviceSlots(Slot running, StackId stack, string disk, DeviceStore store, RawDevice? esp)
    {
        (Running, Stack, this.disk, Store, this.esp) = (running, stack, disk, store, esp);
        var hints = esp is null ? new LostHints($"{disk} has no partition {EspHints.Label}") : EspHints.Open(store.StatePartition!, esp);
        Switch = new SlotSwitch(store.State, hints) { Running = running };
    }

    /// <summary>What runs.</summary>
    public Slot Running { get; }

    /// <summary>The stack that runs.</summary>
    public StackId Stack { get; }

    /// <summary>The data partition and the state record.</summary>
    public DeviceStore Store { get; }

    /// <summary>From one slot to the other. Nothing else changes phases and hints.</summary>
    public SlotSwitch Switch { get; }

    /// <summary>The state record.</summary>
    /// <exception cref="ImageException">IB6118: it is lost.</exception>
    public StateRecord Record => Store.State.Load().Record
        ?? throw new ImageException(ImageErrorKind.Corrupt, "IB6118", "both copies of the state record are lost; the next start makes a new one from the data partition: restart the system");

    /// <exception cref="ImageException">IB6112: this system was not started from a disk with slots, or has no data partition. IB6113: another imageagent is at work.</exception>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static DeviceSlots Open(Device device)
    {
        if (device is not { Slot: { } running, Stack: { } stack } || device.Report.Fact("disk") is not { } disk)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6112", "this system was not started from a disk with two slots: only images with an output of disk or qcow2 can be updated and rolled back");
        var store = device.OpenStore();
        try
        {
            if (store.StatePartition is null)
                throw new ImageException(ImageErrorKind.Unsupported, "IB6112", $"{disk} has no partition {PartitionCopies.Label}, so there are no slots");
            return new DeviceSlots(running, stack, disk, store, DeviceStore.FindPartition(disk, EspHints.Label) is { } esp ? RawDevice.OpenShared(esp) : null);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>The device file of the partition with a slot's boot set, "/dev/vda3".</summary>
    /// <exception cref="ImageException">IB6112: there is none.</exception>
    public string BootPartition(Slot slot) => DeviceStore.FindPartition(disk, $"ib-boot-{HintFile.NameOf(slot)}")
        ?? throw new ImageException(ImageErrorKind.Unsupported, "IB6112", $"{disk} has no partition ib-boot-{HintFile.NameOf(slot)}");

    /// <summary>The manifest of a stack in the store, or of the stack that the disk was shipped with; null when it is neither, or damaged.</summary>
    public StackManifest? FindManifest(StackId stack)
    {
        var path = $"{DataLayout.Stacks}/{stack}.json";
        try
        {
            if (Store.Data.Find(path) is not null && Store.Data.Read(path, MostManifest) is var bytes && StackManifest.IdOf(bytes) == stack)
                return StackManifest.Parse(bytes);
            return Factory() is { } factory && factory.Id == stack ? factory : null;
        }
        catch (Exception error) when (error is IOException or ImageException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        esp?.Dispose();
        Store.Dispose();
    }

    private StackManifest? Factory()
    {
        if (DeviceStore.FindPartition(disk, FactoryPartition.Label) is not { } path)
            return null;
        using var file = File.OpenHandle(path);
        return FactoryPartition.Read((offset, buffer) =>
        {
            for (var done = 0; done < buffer.Length;)
                done += RandomAccess.Read(file, buffer.AsSpan(done), offset + done) is > 0 and var read ? read : throw new IOException($"{path} ends at byte {offset + done}");
        }, long.MaxValue).Manifest;
    }
}
