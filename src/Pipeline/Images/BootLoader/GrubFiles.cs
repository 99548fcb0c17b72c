using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Images.BootLoader;

/// <summary>
/// The boot loader of a live medium, from the files of the image's own suite: GRUB for BIOS, assembled by grub-mkimage, and for UEFI Debian's
/// signed shim and signed GRUB for CDs, which start under Secure Boot as they are.
/// </summary>
public sealed class GrubFiles
{
    // What the menu needs before it can read anything else, and the menu's own commands; GRUB's "normal" pulls in the parser.
    private static readonly string[] BiosModules =
    [
        "biosdisk", "iso9660", "part_gpt", "part_msdos", "search", "search_fs_file", "configfile", "normal", "linux", "boot",
        "serial", "terminal", "echo", "test", "ls", "cat", "minicmd", "halt", "reboot", "sleep",
    ];

    private readonly Tree packages;

    /// <summary>The boot loader in the given package files.</summary>
    public GrubFiles(Tree packages) => this.packages = packages;

    /// <summary>Boot code for the first sector of a stick (GRUB's boot_hybrid.img), 440 bytes used.</summary>
    public Content MbrBootCode => Need(BootLoaderFiles.HybridMbr);

    /// <summary>
    /// The El Torito image for BIOS: cdboot.img and a core image that looks for the medium by its id file.
    /// </summary>
    /// <param name="idFile">A path that only this medium has.</param>
    /// <param name="workFolder">For grub-mkimage's input.</param>
    /// <param name="cancel">Stops grub-mkimage.</param>
    public Content MakeBiosImage(string idFile, string workFolder, CancellationToken cancel)
    {
        var folder = Directory.CreateDirectory(Path.Combine(workFolder, "i386-pc")).FullName;
        if (packages.Find(BootLoaderFiles.BiosFolder) is not { IsDirectory: true } modules)
            throw Missing(BootLoaderFiles.BiosFolder, BootLoaderFiles.PackageOf(BootLoaderFiles.HybridMbr));
        foreach (var (name, node) in modules.Children.Where(entry => entry.Value.Kind == NodeKind.File))
            File.WriteAllBytes(Path.Combine(folder, name.ToString()), node.Content.ToArray());
        var config = Path.Combine(workFolder, "core.cfg");
        File.WriteAllText(config, Templates.Fill("grub/core.cfg.hbs", new Dictionary<string, object> { ["idFile"] = idFile }));
        var image = Path.Combine(workFolder, "eltorito.img");
        new OutsideProgram("grub-mkimage", "grub-common")
            .With("-O", "i386-pc-eltorito", "-d", folder, "-p", "/boot/grub", "-c", config, "-o", image)
            .With(BiosModules)
            .Run("boot loader", null, null, cancel);
        return Content.From(File.ReadAllBytes(image));
    }

    /// <summary>The files of an EFI system partition: shim as the default loader, GRUB and MOK manager beside it.</summary>
    public Tree EfiTree(long time)
    {
        var tree = new Tree();
        Add("BOOTX64.EFI", BootLoaderFiles.Shim);
        Add("grubx64.efi", BootLoaderFiles.Grub);
        Add("mmx64.efi", BootLoaderFiles.MokManager);
        foreach (var (_, node) in tree.Walk())
            node.ModifiedTime = time;
        return tree;

        void Add(string name, string from) => tree.Put("/EFI/BOOT/" + name, Node.File(Need(from)));
    }

    private Content Need(string path) => packages.Resolve(path) is { Kind: NodeKind.File } file ? file.Content : throw Missing(path, BootLoaderFiles.PackageOf(path));

    private static ImageException Missing(string path, string package) => new(ImageErrorKind.Unsupported, "IB5010",
        $"boot loader: {path} is missing; it comes with the package {package} of the image's suite, which must have it to make an ISO that boots everywhere");
}
