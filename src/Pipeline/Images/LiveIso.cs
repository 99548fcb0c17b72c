using System.Security.Cryptography;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Fat;
using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.CommandLines;
using ImageBuilder.Pipeline.Images.BootLoader;
using ImageBuilder.Pipeline.Images.Initramfs;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Images;

/// <summary>
/// A live medium: one ISO that boots as CD and as USB stick, by BIOS and by UEFI (Secure Boot too). It holds the root file system as one
/// SquashFS layer, the boot set, and the boot loader.
/// </summary>
internal sealed class LiveIso(BuildPlan plan, DateTimeOffset epoch, string workFolder, IBuildReporter reporter)
{
    private const string LayerPath = BootOptions.UsualImage;
    private const string KernelPath = "/live/vmlinuz";
    private const string InitramfsPath = "/live/initramfs.img";
    private const int MenuSeconds = 3;

    /// <summary>What was made, under a name that the caller still has to change.</summary>
    /// <param name="Path">Where it lies.</param>
    /// <param name="Layer">The layer's path on the medium.</param>
    /// <param name="LayerSha256">The layer's digest, lower-case hex.</param>
    /// <param name="Initramfs">The initramfs's path on the medium.</param>
    /// <param name="KernelFile">The kernel's path on the medium.</param>
    /// <param name="Kernel">The kernel as it was in the root file system.</param>
    public sealed record Result(string Path, string Layer, string LayerSha256, string Initramfs, string KernelFile, KernelImage Kernel);

    /// <summary>Writes the ISO into the work folder.</summary>
    /// <exception cref="ImageException">A part is missing in the tree, or a limit of the spec was passed.</exception>
    public Result Make(Tree root, Tree bootFiles, Content initProgram, int jobs, CancellationToken cancel)
    {
        var kernel = KernelFinder.Find(root);
        var initramfs = MakeInitramfs(root, kernel, initProgram, cancel);
        if (!plan.Keep.Kernel)
            RemoveKernel(root, kernel);

        var layer = Path.Combine(workFolder, "root.squashfs");
        var layerDigest = MakeLayer(root, layer, jobs, cancel);

        using var layerFile = File.OpenHandle(layer);
        var identity = new MediumIdentity(plan, layerDigest, initramfs, kernel.File.Content);
        var sums = new MediumSums();
        var layerContent = Content.From(layerFile, 0, RandomAccess.GetLength(layerFile), layer);
        sums.Know(layerContent, layerDigest);
        var iso = LayOut(identity, sums, layerContent, kernel.File.Content, initramfs, bootFiles, cancel);
        Check("iso", plan.Limits.Iso, iso.Length);

        using var step = reporter.Begin("iso");
        var path = Path.Combine(workFolder, "image.iso");
        using (var output = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
        {
            iso.Write(output, step.Progress, cancel);
            output.Flush(flushToDisk: true);
        }
        step.Complete(Megabytes(iso.Length));
        return new Result(path, LayerPath, layerDigest, InitramfsPath, KernelPath, kernel);
    }

    private byte[] MakeInitramfs(Tree root, KernelImage kernel, Content initProgram, CancellationToken cancel)
    {
        using var step = reporter.Begin("initramfs");
        var drivers = plan.Drivers.Profile switch
        {
            "generic" => DriverSelection.Generic,
            "virtio" => DriverSelection.Virtio,
            _ => DriverSelection.List(plan.Drivers.Modules),
        };
        var result = InitramfsBuilder.Build(root, kernel.Version, drivers, initProgram, new InitramfsOptions { ModifiedTime = epoch.ToUnixTimeSeconds() }, cancel);
        Check("initramfs", plan.Limits.Initramfs, result.Image.Length);
        step.Complete($"{Megabytes(result.Image.Length)}, {result.Modules.Count} modules for kernel {kernel.Version}");
        return result.Image;
    }

    private string MakeLayer(Tree root, string path, int jobs, CancellationToken cancel)
    {
        using var step = reporter.Begin("squashfs");
        var options = new SquashFsOptions
        {
            Compression = Enum.Parse<SquashFsCompression>(plan.Compression.Compressor, ignoreCase: true),
            Level = plan.Compression.Level == 0 ? null : plan.Compression.Level,
            Jobs = jobs,
            ModificationTime = (uint)Math.Clamp(epoch.ToUnixTimeSeconds(), 0, uint.MaxValue),
            Progress = step.Progress,
            Warning = reporter.Warn,
        };
        using (var output = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 20))
        {
            var summary = SquashFsWriter.Write(root, output, options, cancel);
            step.Complete($"{Megabytes(summary.ImageLength)}, {plan.Compression.Compressor}, {summary.Inodes} inodes");
        }
        using var written = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(written));
    }

    private IsoImage LayOut(MediumIdentity identity, MediumSums sums, Content layer, Content kernel, byte[] initramfs, Tree bootFiles, CancellationToken cancel)
    {
        var grub = new GrubFiles(bootFiles);
        var time = epoch.ToUnixTimeSeconds();
        var efi = grub.EfiTree(time);
        var esp = FatImage.Layout(efi, new FatOptions { VolumeLabel = "EFI", VolumeId = identity.Serial, Time = epoch });
        var espBytes = new MemoryStream();
        esp.Write(espBytes, cancel: cancel);

        var tree = new Tree();
        tree.Root.ModifiedTime = time;
        tree.Put(LayerPath, Node.File(layer));
        tree.Put(KernelPath, Node.File(kernel));
        tree.Put(InitramfsPath, Node.File(Content.From(initramfs)));
        tree.Put("/boot/grub/grub.cfg", Node.File(GrubMenu.Live(plan, identity, KernelPath, InitramfsPath, MenuSeconds)));
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
            BiosBoot = new BiosBoot { Image = grub.MakeBiosImage(identity.IdFile, workFolder, cancel), Path = "/boot/grub/i386-pc/eltorito.img" },
            EfiBoot = new EfiBoot { Image = Content.From(espBytes.ToArray()) },
            Hybrid = new HybridBoot
            {
                MbrBootCode = grub.MbrBootCode,
                DiskGuid = identity.Guid("disk"),
                IsoPartitionGuid = identity.Guid("iso"),
                EfiPartitionGuid = identity.Guid("efi"),
                MbrDiskSignature = identity.Serial,
            },
        });
    }

    private static void RemoveKernel(Tree root, KernelImage kernel)
    {
        root.Remove(kernel.Path);
        // Links to the kernel that Debian keeps in the root directory would dangle.
        foreach (var link in (string[])["/vmlinuz", "/vmlinuz.old", "/boot/vmlinuz", "/boot/vmlinuz.old"])
            if (root.Find(link) is { Kind: NodeKind.Symlink } && root.Resolve(link) is null)
                root.Remove(link);
    }

    private static void Check(string what, long? limit, long length)
    {
        if (length > limit)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB5004", $"limits.{what}: the {what} has {length} bytes ({Megabytes(length)}); the spec allows {limit} ({Megabytes(limit.Value)})");
    }

    private static string Megabytes(long bytes) => $"{bytes / 1e6:0.0} MB";
}
