namespace ImageBuilder.Formats.Iso9660;

/// <summary>How the image looks to firmware that reads it from a USB stick. No one layout suits every machine.</summary>
public enum HybridLayout
{
    /// <summary>
    /// A valid GPT: a protective MBR with a dummy active entry, the ISO 9660 part and the EFI system partition side by side, the backup at
    /// the end. The ISO part can be mounted as a partition too.
    /// </summary>
    ValidGpt,

    /// <summary>
    /// An MBR with real partitions and a GPT beside it, invalid by UEFI's rules: for BIOSes that refuse a disk whose only MBR partition is
    /// protective.
    /// </summary>
    IsohybridGpt,

    /// <summary>An MBR only, its second partition an EFI system partition.</summary>
    MbrOnly,
}
