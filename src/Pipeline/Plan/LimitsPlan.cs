namespace ImageBuilder.Pipeline.Plan;

/// <summary>Budgets; null means none.</summary>
/// <param name="Iso">Largest ISO, bytes.</param>
/// <param name="Initramfs">Largest initramfs, bytes.</param>
/// <param name="Boot">Longest boot that `vm` and `test` accept.</param>
/// <param name="Disk">Largest disk image, bytes, holes counted.</param>
public sealed record LimitsPlan(long? Iso, long? Initramfs, TimeSpan? Boot, long? Disk = null);
