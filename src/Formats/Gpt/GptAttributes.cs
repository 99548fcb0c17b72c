namespace ImageBuilder.Formats.Gpt;

/// <summary>Attribute bits of a GPT partition (UEFI 2.10, table 5.8; bits 60 and 63 are Microsoft's, for basic data).</summary>
[Flags]
public enum GptAttributes : ulong
{
    None = 0,

    /// <summary>The platform needs this partition: tools should not delete it.</summary>
    Required = 1UL << 0,

    /// <summary>Legacy BIOS bootable.</summary>
    LegacyBoot = 1UL << 2,

    /// <summary>Read-only.</summary>
    ReadOnly = 1UL << 60,

    /// <summary>No drive letter, no automatic mount.</summary>
    NoAutomount = 1UL << 63,
}
