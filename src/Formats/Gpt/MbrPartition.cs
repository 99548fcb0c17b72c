namespace ImageBuilder.Formats.Gpt;

/// <summary>One of the four entries of an MBR. Positions are in sectors of the disk.</summary>
/// <param name="Type">Partition type; see <see cref="MbrType"/>. 0 is "unused" to most readers.</param>
/// <param name="FirstSector">First sector.</param>
/// <param name="SectorCount">Number of sectors.</param>
/// <param name="Active">The "bootable" flag, without which some BIOSes refuse a USB disk.</param>
public sealed record MbrPartition(byte Type, uint FirstSector, uint SectorCount, bool Active = false);
