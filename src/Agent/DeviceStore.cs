using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent;

/// <summary>The data partition and the state record, opened by this program alone.</summary>
internal sealed class DeviceStore : IDisposable
{
    private readonly FileStream guard;
    private readonly RawDevice? partition;
    private RawDevice? esp;

    private DeviceStore(FileStream guard, FileTree data, RawDevice? partition, int keep)
    {
        (this.guard, Data, this.partition) = (guard, data, partition);
        State = new StateStore(partition is null ? new FileCopies(data) : new PartitionCopies(partition));
        Uppers = new UpperStore(data, State, keep);
        Layers = new LayerStore(data);
        Channels = new ChannelStore(data);
    }

    public FileTree Data { get; }

    public StateStore State { get; }

    public UpperStore Uppers { get; }

    public LayerStore Layers { get; }

    public ChannelStore Channels { get; }

    /// <exception cref="ImageException">IB6113: another imageagent is at work.</exception>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static DeviceStore Open(Device device)
    {
        var guard = Guard($"{device.RunFolder}/agent.lock");
        try
        {
            var partition = device.Partition(PartitionCopies.Label) is { } path ? RawDevice.Open(path, isBlockDevice: true) : null;
            return new DeviceStore(guard, new FileTree(device.DataFolder), partition, device.Settings?.Snapshots ?? 0);
        }
        catch
        {
            guard.Dispose();
            throw;
        }
    }

    /// <summary>The steps from one slot to the other.</summary>
    /// <exception cref="ImageException">IB6137: this is no disk with two slots.</exception>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public SlotSwitch OpenSwitch(Device device)
    {
        if (partition is null || device.Partition(EspHints.Label) is not { } path)
            throw new ImageException(ImageErrorKind.Unsupported, "IB6137", "this system was not started from a disk with two slots");
        // Shared: somebody may have mounted it to look at it.
        esp ??= RawDevice.OpenShared(path);
        return new SlotSwitch(State, EspHints.Open(partition, esp)) { Running = device.Slot };
    }

    /// <summary>Reads the state record while another program may be at work.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static StateReading ReadState(Device device)
    {
        if (device.Partition(PartitionCopies.Label) is { } path)
        {
            using var partition = RawDevice.OpenToRead(path);
            return new StateStore(new PartitionCopies(partition)).Load();
        }
        using var data = new FileTree(device.DataFolder);
        return new StateStore(new FileCopies(data)).Load();
    }

    public void Dispose()
    {
        Data.Dispose();
        esp?.Dispose();
        partition?.Dispose();
        guard.Dispose();
    }

    private static FileStream Guard(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None); // flock(2): gone with the program
        }
        catch (IOException error)
        {
            throw new ImageException(ImageErrorKind.Io, "IB6113", $"another imageagent is at work on this system ({path}): try again when it has ended", error);
        }
    }
}
