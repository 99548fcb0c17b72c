namespace ImageBuilder.Formats.Iso9660;

/// <summary>One thing that firmware can boot from a CD.</summary>
/// <param name="Platform">Whose firmware.</param>
/// <param name="IsBootable">False for an entry that is switched off.</param>
/// <param name="Media">The disk to be emulated.</param>
/// <param name="LoadSegment">Where a BIOS loads it; 0 for the usual 0x7C0.</param>
/// <param name="Sectors">How much a BIOS loads, or how long an EFI image is, in sectors of 512 bytes; 0 and 1 mean "all" to some firmware.</param>
/// <param name="Offset">Where the boot image lies, in bytes.</param>
/// <param name="Section">The section's own identifier; often empty.</param>
public sealed record BootEntry(BootPlatform Platform, bool IsBootable, BootMedia Media, int LoadSegment, int Sectors, long Offset, string Section)
{
    /// <summary>Bytes that <see cref="Sectors"/> stand for.</summary>
    public long Length => Sectors * 512L;
}

/// <summary>El Torito platform ids.</summary>
public enum BootPlatform
{
    Bios = 0,
    PowerPc = 1,
    Mac = 2,
    Efi = 0xEF,
}

/// <summary>El Torito media types.</summary>
public enum BootMedia
{
    NoEmulation = 0,
    Floppy1200 = 1,
    Floppy1440 = 2,
    Floppy2880 = 3,
    HardDisk = 4,
}
