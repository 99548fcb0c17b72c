namespace ImageBuilder.Linux.Blocks;

/// <summary>One reason why a disk must not be overwritten now.</summary>
/// <param name="Device">The device that is used: the disk, a partition, or something built on them.</param>
/// <param name="What">The use, in words that follow the device's name: "is mounted at /media/backup".</param>
/// <param name="Remedy">The command that ends the use.</param>
/// <param name="IsSystem">The running system itself lies there.</param>
public sealed record DiskUser(string Device, string What, string Remedy, bool IsSystem);
