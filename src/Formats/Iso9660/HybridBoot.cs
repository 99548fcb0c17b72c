using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>Makes the image bootable when it is copied to a USB stick as it is.</summary>
public sealed record HybridBoot
{
    /// <summary>Which partition tables to write.</summary>
    public HybridLayout Layout { get; init; } = HybridLayout.ValidGpt;

    /// <summary>GRUB's boot_hybrid.img, whose first 440 bytes are used; null for a stick that boots by UEFI only.</summary>
    public Content? MbrBootCode { get; init; }

    /// <summary>Write where GRUB's core lies to byte 0x1B0 of the boot code (xorriso's --grub2-mbr).</summary>
    public bool Grub2Mbr { get; init; } = true;

    /// <summary>The GPT's own GUID.</summary>
    public Guid DiskGuid { get; init; }

    /// <summary>GUID of the ISO 9660 partition, Linux's PARTUUID.</summary>
    public Guid IsoPartitionGuid { get; init; }

    /// <summary>GUID of the EFI system partition.</summary>
    public Guid EfiPartitionGuid { get; init; }

    /// <summary>The MBR's disk signature: for <see cref="HybridLayout.MbrOnly"/> and <see cref="HybridLayout.IsohybridGpt"/> the stem of PARTUUIDs.</summary>
    public uint MbrDiskSignature { get; init; }
}
