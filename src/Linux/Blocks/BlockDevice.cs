using ImageBuilder.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Linux.Blocks;

/// <summary>What is known of one block device: its name, size, and what its super block and partition table say.</summary>
/// <param name="Name">The kernel's name, below /dev: "sda1".</param>
/// <param name="Size">In bytes; 0 for an empty drive.</param>
/// <param name="FileSystem">What is on it; null when nothing is recognised.</param>
/// <param name="PartitionUuid">Partitions: the identifier in the partition table.</param>
/// <param name="Trouble">Why it could not be read, in words; null when it could.</param>
public sealed record BlockDevice(string Name, long Size, FileSystemIdentity? FileSystem, string? PartitionUuid, string? Trouble)
{
    private const int SysfsSector = 512; // the unit of "size" in sysfs, whatever the disk's sector is
    private const string Class = "/sys/class/block", NameField = "PARTNAME=";

    /// <summary>Partitions: the name in the partition table, Linux's PARTLABEL; null when it has none.</summary>
    public string? PartitionName { get; init; }

    /// <summary>The device file.</summary>
    public string Path => $"/dev/{Name}";

    /// <summary>The disk that a partition is on; the device itself when it is none. Needs /sys.</summary>
    public string Disk => DiskOf(Name) ?? Name;

    /// <summary>Names of the block devices there are.</summary>
    public static IEnumerable<string> List() => Directory.Exists(Class) ? Directory.EnumerateFileSystemEntries(Class).Select(path => System.IO.Path.GetFileName(path)!) : [];

    /// <summary>Names of a disk's partitions, as the kernel read them from its table.</summary>
    public static IEnumerable<string> Partitions(string disk) =>
        Directory.Exists($"{Class}/{disk}/") ? Directory.EnumerateDirectories($"{Class}/{disk}/").Where(folder => File.Exists($"{folder}/partition")).Select(folder => System.IO.Path.GetFileName(folder)) : [];

    /// <summary>Looks at a device. Never throws for what is wrong with the device: that is <see cref="Trouble"/>.</summary>
    public static BlockDevice Probe(string name, string? partitionUuid = null)
    {
        var size = ReadNumber(name, "size") * SysfsSector;
        try
        {
            using var device = Open($"/dev/{name}");
            var partition = partitionUuid ?? ReadPartitionUuid(name);
            return new BlockDevice(name, ReadNumber(name, "size") * SysfsSector, FileSystemProbe.Read(device), partition, null) { PartitionName = ReadPartitionName(name) };
        }
        catch (LinuxException error) when (error.Number == Errno.ENOMEDIUM)
        {
            return new BlockDevice(name, 0, null, null, "no medium in the drive");
        }
        catch (IOException error)
        {
            return new BlockDevice(name, size, null, null, error.Message);
        }
    }

    private static string? ReadPartitionUuid(string name)
    {
        if (DiskOf(name) is not { } disk)
            return null;
        using var device = Open($"/dev/{disk}");
        return PartitionTable.PartitionUuid(device, (int)Math.Max(ReadNumber(disk, "queue/logical_block_size"), SysfsSector), (int)ReadNumber(name, "partition"),
            ReadNumber(disk, "size") * SysfsSector);
    }

    // The kernel gives the name that it read from the table, in a line of its own: PARTNAME=ib-data.
    private static string? ReadPartitionName(string name) =>
        File.Exists($"{Class}/{name}/uevent")
            ? File.ReadLines($"{Class}/{name}/uevent").FirstOrDefault(line => line.StartsWith(NameField, StringComparison.Ordinal))?[NameField.Length..]
            : null;

    // /sys/class/block/sda1 is a link to …/block/sda/sda1: the folder above is the disk. Null for what is no partition.
    private static string? DiskOf(string name) =>
        File.Exists($"{Class}/{name}/partition") && new FileInfo($"{Class}/{name}").LinkTarget is { } target
            ? System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(target)) : null;

    private static long ReadNumber(string name, string attribute)
    {
        try
        {
            return long.TryParse(File.ReadAllText($"{Class}/{name}/{attribute}").AsSpan().Trim(), out var number) ? number : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static SafeFileHandle Open(string path)
    {
        var handle = LibC.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        if (handle.IsInvalid)
            Errno.Throw("open", path);
        return handle;
    }
}
