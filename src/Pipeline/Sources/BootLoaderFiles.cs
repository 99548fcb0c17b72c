using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>Where Debian's packages put the boot loader, and which packages they are (amd64).</summary>
public static class BootLoaderFiles
{
    /// <summary>GRUB's modules for BIOS.</summary>
    public const string BiosFolder = "/usr/lib/grub/i386-pc";

    /// <summary>Boot code for a disk's first sector.</summary>
    public const string DiskMbr = BiosFolder + "/boot.img";

    /// <summary>Boot code for a stick's first sector.</summary>
    public const string HybridMbr = BiosFolder + "/boot_hybrid.img";

    /// <summary>The loader that Microsoft has signed.</summary>
    public const string Shim = "/usr/lib/shim/shimx64.efi.signed";

    /// <summary>GRUB for CDs that Debian has signed.</summary>
    public const string Grub = "/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed";

    /// <summary>GRUB for disks that Debian has signed.</summary>
    public const string DiskGrub = "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed";

    /// <summary>The manager of machine owner keys.</summary>
    public const string MokManager = "/usr/lib/shim/mmx64.efi.signed";

    /// <summary>The package with a file system check that needs no libraries.</summary>
    public const string FileSystemCheckPackage = "e2fsck-static";

    // Since Debian 13, and before.
    private static readonly string[] FileSystemChecks = ["/usr/sbin/e2fsck.static", "/sbin/e2fsck.static"];

    private static readonly (string Path, string Package)[] All =
        [(HybridMbr, "grub-pc-bin"), (Grub, "grub-efi-amd64-signed"), (Shim, "shim-signed"), (MokManager, "shim-helpers-amd64-signed")];

    // They come with the packages above.
    private static readonly (string Path, string Package)[] ForDisks = [(DiskMbr, "grub-pc-bin"), (DiskGrub, "grub-efi-amd64-signed")];

    /// <summary>The package that a file comes with.</summary>
    public static string PackageOf(string path) => All.Concat(ForDisks).First(file => file.Path == path).Package;

    /// <summary>The packages whose files a tree lacks.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="keepsData">Whether the device checks a data partition.</param>
    public static IEnumerable<string> MissingPackages(Tree tree, bool keepsData) =>
        All.Where(file => tree.Resolve(file.Path) is not { Kind: NodeKind.File }).Select(file => file.Package).Concat(keepsData && FindFileSystemCheck(tree) is null ? [FileSystemCheckPackage] : []);

    /// <summary>The boot loader's files of a tree that has them all, else null.</summary>
    /// <inheritdoc cref="MissingPackages"/>
    public static Tree? In(Tree tree, bool keepsData)
    {
        if (MissingPackages(tree, keepsData).Any())
            return null;
        var files = new Tree();
        foreach (var folder in (string[])["/usr/lib/grub", "/usr/lib/shim"])
            files.Put(folder, tree.Resolve(folder)!);
        if (keepsData)
            files.Put(FileSystemChecks[0], FindFileSystemCheck(tree)!);
        return files;
    }

    /// <summary>The program that checks a data partition, statically linked.</summary>
    /// <exception cref="ImageException">IB5154: the boot loader's files do not have it.</exception>
    public static Content FileSystemCheckIn(Tree bootFiles) => FindFileSystemCheck(bootFiles)?.Content
        ?? throw new ImageException(ImageErrorKind.Unsupported, "IB5154", $"initramfs: {string.Join(" or ", FileSystemChecks)} is missing, which checks the data partition; the package {FileSystemCheckPackage} brings it, and --refresh fetches it");

    private static Node? FindFileSystemCheck(Tree tree) => FileSystemChecks.Select(tree.Resolve).FirstOrDefault(node => node is { Kind: NodeKind.File });
}
