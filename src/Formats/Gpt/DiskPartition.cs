namespace ImageBuilder.Formats.Gpt;

/// <summary>A partition of a disk, whichever table names it.</summary>
/// <param name="Number">Its number in the table, from 1.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Length in bytes, inside the disk.</param>
/// <param name="Type">What it is said to hold.</param>
/// <param name="Name">The GPT's name for it; empty without.</param>
public sealed record DiskPartition(int Number, long Offset, long Length, string Type, string Name);
