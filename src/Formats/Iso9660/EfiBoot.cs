using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Iso9660;

/// <summary>
/// A FAT image with /EFI/BOOT/BOOT*.EFI. It lies in the image once: El Torito names it for CD drives, the partition table for USB sticks.
/// </summary>
public sealed record EfiBoot
{
    /// <summary>The FAT image, less than 32 MiB: El Torito counts its 512-byte sectors in 16 bits.</summary>
    public required Content Image { get; init; }
}
