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

    /// <summary>"Linux reserved": for partitions that only one program knows what to do with, and that nothing mounts by itself.</summary>
    public static Guid LinuxReserved { get; } = new("8DA63339-0007-60C0-C436-083AC8230908");

    /// <summary>What a type is usually called; null for one that is rare.</summary>
    public static string? NameOf(Guid type) =>
        type == EfiSystem ? "EFI system partition"
        : type == BasicData ? "basic data"
        : type == LinuxFileSystem ? "Linux file system"
        : type == BiosBoot ? "BIOS boot"
        : type == LinuxReserved ? "Linux reserved"
        : type == new Guid("0657FD6D-A4AB-43C4-84E5-0933C84B4F4F") ? "Linux swap"
        : type == new Guid("4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709") ? "Linux root (x86-64)"
        : type == new Guid("B921B045-1DF0-41C3-AF44-4C6F280D3FAE") ? "Linux root (arm64)"
        : type == new Guid("48465300-0000-11AA-AA11-00306543ECAC") ? "Apple HFS+"
        : type == new Guid("E3C9E316-0B5C-4DB8-817D-F92DF00215AE") ? "Microsoft reserved" : null;
}
