using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Images.BootLoader;

/// <summary>
/// The boot loader of a medium, from the files of the image's own suite: GRUB for BIOS, assembled by grub-mkimage, and for UEFI Debian's
/// signed shim and signed GRUB, which start under Secure Boot as they are.
/// </summary>
internal sealed class GrubFiles
{
    // What a menu needs before it can read anything else, and the menu's own commands; GRUB's "normal" pulls in the parser.
    private static readonly string[] CommonModules =
    [
        "biosdisk", "part_gpt", "search", "search_fs_file", "configfile", "normal", "linux", "boot",
        "serial", "terminal", "echo", "test", "ls", "cat", "minicmd", "halt", "reboot", "sleep", "password_pbkdf2",
    ];

    private static readonly string[] CdModules = ["iso9660", "part_msdos", .. CommonModules];
    private static readonly string[] DiskModules = ["fat", "probe", "regexp", "loadenv", .. CommonModules];

    // Debian's signed GRUB looks for its menu in the folder that its distribution has built into it.
    private static readonly string[] Vendors = ["debian", "ubuntu"];

    private readonly Tree packages;

    /// <summary>The boot loader in the given package files.</summary>
    public GrubFiles(Tree packages) => this.packages = packages;

    /// <summary>Boot code for the first sector of a stick with an ISO (GRUB's boot_hybrid.img), 440 bytes used.</summary>
    public Content StickBootCode => Need(BootLoaderFiles.HybridMbr);

    /// <summary>Boot code for the first sector of a disk (GRUB's boot.img), 440 bytes used.</summary>
    public Content DiskBootCode => Need(BootLoaderFiles.DiskMbr);

    /// <summary>The folder in which the signed GRUB for disks looks for grub.cfg: "/EFI/debian".</summary>
    /// <exception cref="ImageException">IB5121: it says none that is known.</exception>
    public string DiskMenuFolder
    {
        get
        {
            var program = Need(BootLoaderFiles.DiskGrub).ToArray().AsSpan();
            foreach (var vendor in Vendors)
                if (program.IndexOf(System.Text.Encoding.ASCII.GetBytes($"/EFI/{vendor}\0")) >= 0)
                    return $"/EFI/{vendor}";
            throw new ImageException(ImageErrorKind.Unsupported, "IB5121",
                $"boot loader: {BootLoaderFiles.DiskGrub} does not say where it looks for its menu; expected {string.Join(" or ", Vendors.Select(vendor => $"/EFI/{vendor}"))}: take the boot loader of such a suite by base.bootLoader");
        }
    }

    /// <summary>
    /// The El Torito image for BIOS: cdboot.img and a core image that looks for the medium by its id file.
    /// </summary>
    /// <param name="idFile">A path that only this medium has.</param>
    /// <param name="workFolder">For grub-mkimage's input.</param>
    /// <param name="cancel">Stops grub-mkimage.</param>
    public Content MakeCdImage(string idFile, string workFolder, CancellationToken cancel)
    {
        var config = Path.Combine(workFolder, "core.cfg");
        File.WriteAllText(config, Templates.Fill("grub/core.cfg.hbs", new Dictionary<string, object> { ["idFile"] = idFile }));
        return MakeImage("i386-pc-eltorito", workFolder, ["-p", "/boot/grub", "-c", config, .. CdModules], cancel);
    }

    /// <summary>The core image for a disk: diskboot.img, which has to be told where it lies, and GRUB, which looks for its menu on a partition of the same disk.</summary>
    /// <param name="partition">The number of the partition with /boot/grub.</param>
    /// <param name="workFolder">For grub-mkimage's input.</param>
    /// <param name="cancel">Stops grub-mkimage.</param>
    public Content MakeDiskImage(int partition, string workFolder, CancellationToken cancel) =>
        MakeImage("i386-pc", workFolder, ["-p", $"(,gpt{partition})/boot/grub", .. DiskModules], cancel);

    /// <summary>The files of a live medium's EFI system partition.</summary>
    public Tree LiveEfiTree(long time) => EfiTree(BootLoaderFiles.Grub, time);

    /// <summary>The boot loader's files on a disk's EFI system partition.</summary>
    public Tree DiskEfiTree(long time) => EfiTree(BootLoaderFiles.DiskGrub, time);

    /// <summary>Shim as the default loader, GRUB and MOK manager beside it.</summary>
    private Tree EfiTree(string grub, long time)
    {
        var tree = new Tree();
        Add("BOOTX64.EFI", BootLoaderFiles.Shim);
        Add("grubx64.efi", grub);
        Add("mmx64.efi", BootLoaderFiles.MokManager);
        foreach (var (_, node) in tree.Walk())
            node.ModifiedTime = time;
        return tree;

        void Add(string name, string from) => tree.Put("/EFI/BOOT/" + name, Node.File(Need(from)));
    }

    private Content MakeImage(string format, string workFolder, IEnumerable<string> arguments, CancellationToken cancel)
    {
        var folder = Directory.CreateDirectory(Path.Combine(workFolder, "i386-pc")).FullName;
        if (packages.Find(BootLoaderFiles.BiosFolder) is not { IsDirectory: true } modules)
            throw Missing(BootLoaderFiles.BiosFolder, BootLoaderFiles.PackageOf(BootLoaderFiles.HybridMbr));
        foreach (var (name, node) in modules.Children.Where(entry => entry.Value.Kind == NodeKind.File))
            File.WriteAllBytes(Path.Combine(folder, name.ToString()), node.Content.ToArray());
        var image = Path.Combine(workFolder, format + ".img");
        new OutsideProgram("grub-mkimage", "grub-common")
            .With("-O", format, "-d", folder, "-o", image)
            .With(arguments)
            .Run("boot loader", null, null, cancel);
        return Content.From(File.ReadAllBytes(image));
    }

    private Content Need(string path) => packages.Resolve(path) is { Kind: NodeKind.File } file ? file.Content : throw Missing(path, BootLoaderFiles.PackageOf(path));

    private static ImageException Missing(string path, string package) => new(ImageErrorKind.Unsupported, "IB5010",
        $"boot loader: {path} is missing; it comes with the package {package} of the image's suite, which must have it to make an image that boots everywhere");
}
