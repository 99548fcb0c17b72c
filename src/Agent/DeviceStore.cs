using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent;

/// <summary>The data partition and the state record, opened by this program alone.</summary>
internal sealed class DeviceStore : IDisposable
{
    private readonly FileStream guard;
    private readonly RawDevice? partition;

    private DeviceStore(FileStream guard, FileTree data, RawDevice? partition, int keep)
    {
        (this.guard, Data, this.partition) = (guard, data, partition);
        State = new StateStore(partition is null ? new FileCopies(data) : new PartitionCopies(partition));
        Uppers = new UpperStore(data, State, keep);
    }

    public FileTree Data { get; }

    public StateStore State { get; }

    public UpperStore Uppers { get; }

    /// <summary>The partition of the state record; null where that is kept in files.</summary>
    public IRawDevice? StatePartition => partition;

    /// <exception cref="ImageException">IB6113: another imageagent is at work.</exception>
    /// <exception cref="LinuxException">The kernel's reason.</exception>
    public static DeviceStore Open(Device device)
    {
        var guard = Guard($"{device.RunFolder}/agent.lock");
        try
        {
            var partition = device.Report.Fact("disk") is { } disk && FindPartition(disk, PartitionCopies.Label) is { } path ? RawDevice.Open(path, isBlockDevice: true) : null;
            return new DeviceStore(guard, new FileTree(device.DataFolder), partition, device.Settings?.Snapshots ?? 0);
        }
        catch
        {
            guard.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Data.Dispose();
        partition?.Dispose();
        guard.Dispose();
    }

    /// <summary>The device file of a partition, by its name in the table; null when the disk has none of that name.</summary>
    /// <param name="disk">The disk's device file.</param>
    /// <param name="label">The name.</param>
    public static string? FindPartition(string disk, string label)
    {
        foreach (var folder in Directory.EnumerateDirectories($"/sys/class/block/{Path.GetFileName(disk)}/"))
            if (KernelFile.TryRead($"{folder}/uevent")?.Split('\n').Contains($"PARTNAME={label}") is true)
                return $"/dev/{Path.GetFileName(folder)}";
        return null;
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
