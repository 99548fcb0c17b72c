namespace ImageBuilder.Linux.Blocks;

/// <summary>What sysfs says of a block device as a piece of hardware.</summary>
/// <param name="Name">The kernel's name, below /dev: "sdb".</param>
/// <param name="Number">"major:minor".</param>
/// <param name="Length">In bytes; 0 for a drive without a medium.</param>
public sealed record Disk(string Name, string Number, long Length)
{
    /// <summary>Partitions: the whole disk's name. Null for whole disks.</summary>
    public string? Parent { get; init; }

    /// <summary>Write protected, by a switch at the card or by the kernel.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>The medium can be taken out, or the whole device unplugged while the machine runs.</summary>
    public bool IsRemovable { get; init; }

    /// <summary>What it is attached to, as people call it: "USB", "NVMe", "SD card", "loop device", …</summary>
    public string Bus { get; init; } = "";

    /// <summary>Maker and model; for a loop device its file. Empty when unknown.</summary>
    public string Model { get; init; } = "";

    /// <summary>The serial number; empty when unknown.</summary>
    public string Serial { get; init; } = "";

    /// <summary>The partitions, by number.</summary>
    public IReadOnlyList<Disk> Partitions { get; init; } = [];

    /// <summary>Names of the devices built directly on this one: device mapper, RAID.</summary>
    public IReadOnlyList<string> Holders { get; init; } = [];

    /// <summary>The device file.</summary>
    public string Path => $"/dev/{Name}";
}
