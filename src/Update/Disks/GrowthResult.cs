namespace ImageBuilder.Update.Disks;

/// <summary>What became of a disk's table.</summary>
/// <param name="Done">What was changed, in words; empty when nothing was to be done.</param>
/// <param name="Number">The last partition's number.</param>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its length in the table now, in bytes: what the kernel is to be told by <see cref="Linux.Blocks.BlockPartitions.Resize"/>.</param>
/// <param name="HasGrown">True when it has grown now. Whether the kernel, or the file system in it, knows is another matter: a cut may have come between.</param>
public sealed record GrowthResult(IReadOnlyList<string> Done, int Number, long Offset, long Length, bool HasGrown);
