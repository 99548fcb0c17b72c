namespace ImageBuilder.Pipeline.Plan;

/// <summary>The disk image.</summary>
/// <param name="Size">Bytes; null for the least that holds everything.</param>
/// <param name="SectorSize">Bytes of a sector of the device: 512, or 4096 (UEFI only).</param>
public sealed record DiskPlan(long? Size, int SectorSize);
