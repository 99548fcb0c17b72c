namespace ImageBuilder.Linux.Blocks;

/// <summary>What a super block says of its file system.</summary>
/// <param name="Type">The name that mount(8) and blkid(8) use: "iso9660", "vfat", "ext4", …</param>
/// <param name="Label">The label, null when there is none.</param>
/// <param name="Uuid">The identifier as blkid(8) writes it, null when there is none.</param>
public sealed record FileSystemIdentity(string Type, string? Label, string? Uuid);
