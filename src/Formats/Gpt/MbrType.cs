namespace ImageBuilder.Formats.Gpt;

/// <summary>MBR partition types used here.</summary>
public static class MbrType
{
    /// <summary>Unused; as an active entry it is what a BIOS wants to see and an operating system overlooks.</summary>
    public const byte Empty = 0x00;

    /// <summary>Hidden NTFS: what isohybrid images call their ISO 9660 partition, so that no system assigns a drive letter.</summary>
    public const byte IsoHybrid = 0x17;

    /// <summary>Linux file system.</summary>
    public const byte Linux = 0x83;

    /// <summary>GPT protective (UEFI 2.10, table 5.4).</summary>
    public const byte GptProtective = 0xEE;

    /// <summary>EFI system partition (UEFI 2.10, 5.2.2).</summary>
    public const byte EfiSystem = 0xEF;

    /// <summary>True for the types of an extended partition: a chain of logical ones.</summary>
    public static bool IsExtended(byte type) => type is 0x05 or 0x0F or 0x85;

    /// <summary>What a type is usually called; null for one that is rare.</summary>
    public static string? NameOf(byte type) => type switch
    {
        Empty => "empty",
        0x01 => "FAT12",
        0x04 or 0x06 or 0x0E => "FAT16",
        0x05 or 0x0F or 0x85 => "extended",
        0x07 => "NTFS or exFAT",
        0x0B or 0x0C => "FAT32",
        IsoHybrid => "hidden NTFS (isohybrid)",
        0x82 => "Linux swap",
        Linux => "Linux",
        0x8E => "Linux LVM",
        0xCD => "ISO 9660",
        GptProtective => "GPT protective",
        EfiSystem => "EFI system partition",
        0xFD => "Linux RAID",
        _ => null,
    };
}
