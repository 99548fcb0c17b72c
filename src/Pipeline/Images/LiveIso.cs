using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Fat;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Pipeline.Images.BootLoader;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Images;

/// <summary>
/// A live medium: one ISO that boots as CD and as USB stick, by BIOS and by UEFI (Secure Boot too). It holds the root file system as SquashFS
/// layers with the manifest of their stack, the boot set, and the boot loader.
/// </summary>
internal sealed class LiveIso(ImageParts parts, string workFolder, IBuildReporter reporter)
{
    /// <summary>The manifest of the stack.</summary>
    public const string StackPath = "/live/stack.json";

    private const string KernelPath = "/live/vmlinuz";
    private const string InitramfsPath = "/live/initramfs.img";

    /// <summary>The path of a layer: the uppermost is number 0.</summary>
    public static string LayerPath(int number) =>
        number == 0 ? BootOptions.UsualImage : BootOptions.UsualImage.Replace(".squashfs", string.Create(CultureInfo.InvariantCulture, $"-{number}.squashfs"), StringComparison.Ordinal);

    /// <summary>Writes the ISO into the work folder.</summary>
    /// <exception cref="ImageException">A part is missing, or a limit of the spec was passed.</exception>
    public MadeImage Make(CancellationToken cancel)
    {
        var identity = parts.Identity;
        var iso = LayOut(identity, cancel);
        SizeLimit.Check("iso", parts.Plan.Limits.Iso, iso.Length);

        using var step = reporter.Begin("iso");
        var path = Path.Combine(workFolder, "image.iso");
        using (var output = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
        {
            iso.Write(output, step.Progress, cancel);
            output.Flush(flushToDisk: true);
        }
        step.Complete(ByteSize.Short(iso.Length));
        return new MadeImage(OutputKind.Iso, path, [.. Enumerable.Range(0, parts.Layers.Count).Select(LayerPath)], KernelPath, InitramfsPath, GrubMenu.LiveCommandLine(parts.Plan, identity));
    }

    private IsoImage LayOut(MediumIdentity identity, CancellationToken cancel)
    {
        var (plan, grub, epoch) = (parts.Plan, parts.Grub, parts.Epoch);
        var time = epoch.ToUnixTimeSeconds();
        var efi = grub.LiveEfiTree(time);
        var esp = FatImage.Layout(efi, new FatOptions { VolumeLabel = "EFI", VolumeId = identity.Serial, Time = epoch });
        var espBytes = new MemoryStream();
        esp.Write(espBytes, cancel: cancel);

        var tree = new Tree();
        var sums = new MediumSums();
        tree.Root.ModifiedTime = time;
        foreach (var (number, layer) in parts.Layers.Index())
        {
            tree.Put(LayerPath(number), Node.File(layer.Content));
            sums.Know(layer.Content, layer.Sha256);
        }
        tree.Put(StackPath, Node.File(Content.From(parts.Stack(boot: null).ToBytes())));
        tree.Put(KernelPath, Node.File(parts.Kernel.File.Content));
        tree.Put(InitramfsPath, Node.File(Content.From(parts.Initramfs)));
        tree.Put("/boot/grub/grub.cfg", Node.File(GrubMenu.Live(plan, identity, KernelPath, InitramfsPath)));
        tree.Put("/boot/grub/loopback.cfg", Node.File(GrubMenu.Loopback(plan, identity, KernelPath, InitramfsPath)));
        // Debian's signed GRUB looks for /.disk/info to find the medium; the id file tells this medium from every other.
        tree.Put("/.disk/info", Node.File($"{plan.Name} {plan.Version} {plan.Architecture}\n"));
        tree.Put(identity.IdFile, Node.File(identity.Id + "\n"));
        // Also as plain files, for sticks that are written file by file.
        tree.Put("/EFI", efi.Root.Children["EFI"]);
        tree.Put(MediumSums.Path, Node.File(sums.Of(tree)));
        foreach (var (_, node) in tree.Walk())
            node.ModifiedTime = time;

        return IsoImage.Layout(tree, new IsoOptions
        {
            VolumeId = identity.Label,
            Time = epoch,
            ApplicationId = "IMAGEBUILDER",
            BiosBoot = new BiosBoot { Image = grub.MakeCdImage(identity.IdFile, workFolder, cancel), Path = "/boot/grub/i386-pc/eltorito.img" },
            EfiBoot = new EfiBoot { Image = Content.From(espBytes.ToArray()) },
            Hybrid = new HybridBoot
            {
                MbrBootCode = grub.StickBootCode,
                DiskGuid = identity.Guid("disk"),
                IsoPartitionGuid = identity.Guid("iso"),
                EfiPartitionGuid = identity.Guid("efi"),
                MbrDiskSignature = identity.Serial,
            },
        });
    }
}
