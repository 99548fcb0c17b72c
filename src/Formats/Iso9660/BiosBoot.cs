using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>An El Torito boot image for BIOS machines, without emulation: for GRUB, cdboot.img followed by core.img.</summary>
public sealed record BiosBoot
{
    /// <summary>The boot image; the firmware loads its first 2048 bytes, which load the rest.</summary>
    public required Content Image { get; init; }

    /// <summary>Where the image is also seen as a file, such as /boot/grub/i386-pc/eltorito.img; null to hide it.</summary>
    public string? Path { get; init; }

    /// <summary>Write the boot information table at byte 8, by which GRUB and ISOLINUX find themselves.</summary>
    public bool BootInfoTable { get; init; } = true;

    /// <summary>Write GRUB 2's own position at byte 2548, used when it starts from a USB stick (xorriso's --grub2-boot-info).</summary>
    public bool Grub2BootInfo { get; init; } = true;
}
