namespace ImageBuilder.Formats.Gpt;

/// <summary>Partition type GUIDs used here (UEFI 2.10, 5.3.3; the Discoverable Partitions Specification).</summary>
public static class GptType
{
    /// <summary>EFI system partition.</summary>
    public static Guid EfiSystem { get; } = new("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");

    /// <summary>Basic data: what Windows mounts, and what hybrid ISO images call their ISO 9660 part.</summary>
    public static Guid BasicData { get; } = new("EBD0A0A2-B9E5-4433-87C0-68B6B72699C7");

    /// <summary>Linux file system data.</summary>
    public static Guid LinuxFileSystem { get; } = new("0FC63DAF-8483-4772-8E79-3D69D8477DE4");

    /// <summary>GRUB's BIOS boot partition.</summary>
    public static Guid BiosBoot { get; } = new("21686148-6449-6E6F-744E-656564454649");
}
