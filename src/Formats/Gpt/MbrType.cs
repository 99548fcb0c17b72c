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
}
