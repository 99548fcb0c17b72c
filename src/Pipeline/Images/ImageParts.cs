using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Caching;
using ImageBuilder.Pipeline.Images.BootLoader;
using ImageBuilder.Pipeline.Images.Disk;
using ImageBuilder.Pipeline.Images.Initramfs;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Pipeline.Sources;
using ImageBuilder.Update;
using ImageBuilder.Update.Stacks;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Images;

/// <summary>What every image of a build holds, made once: kernel, initramfs, layers, boot loader. Files are open as long as this.</summary>
internal sealed class ImageParts : IDisposable
{
    private readonly List<SafeFileHandle> files = [];
    private readonly List<LayerImage> layers = [];

    private ImageParts(BuildPlan plan, DateTimeOffset epoch, KernelImage kernel, byte[] initramfs, GrubFiles grub) =>
        (Plan, Epoch, Kernel, Initramfs, Grub) = (plan, epoch, kernel, initramfs, grub);

    /// <summary>The plan.</summary>
    public BuildPlan Plan { get; }

    /// <summary>The time of everything in the images.</summary>
    public DateTimeOffset Epoch { get; }

    /// <summary>The kernel as it was in the root file system.</summary>
    public KernelImage Kernel { get; }

    /// <summary>The initramfs.</summary>
    public byte[] Initramfs { get; }

    /// <summary>The boot loader.</summary>
    public GrubFiles Grub { get; }

    /// <summary>The layers, the uppermost first.</summary>
    public IReadOnlyList<LayerImage> Layers => layers;

    /// <summary>Names that come from what the parts hold.</summary>
    public MediumIdentity Identity => new(Plan, string.Join(' ', layers.Select(layer => layer.Sha256)), Initramfs, Kernel.File.Content);

    /// <summary>What boots together.</summary>
    /// <param name="boot">The boot set; null on a medium that has its own.</param>
    public StackManifest Stack(StackBlob? boot) => new()
    {
        Name = Plan.Name,
        Version = Plan.Version,
        Epoch = Plan.Update?.Epoch ?? 0,
        Compatible = Plan.Update?.Settings.Compatible is { Length: > 0 } board ? [board] : [],
        Layers = [.. layers.Select(layer => layer.Blob)],
        Boot = boot,
    };

    /// <summary>Makes the parts in the work folder.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="epoch">The time of everything in the images.</param>
    /// <param name="root">The root file system; the kernel is taken out of it.</param>
    /// <param name="lower">The layers below, which are parts as they are; null when the root file system is one layer.</param>
    /// <param name="bootFiles">The boot loader's packages.</param>
    /// <param name="initProgram">What becomes /init.</param>
    /// <param name="workFolder">Where the layer is written.</param>
    /// <param name="jobs">Threads that compress.</param>
    /// <param name="blocks">What earlier builds compressed; null makes everything anew.</param>
    /// <param name="reporter">Hears the steps.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ImageException">A part is missing in the tree, or a limit of the spec was passed.</exception>
    public static ImageParts Make(BuildPlan plan, DateTimeOffset epoch, Tree root, LowerLayers? lower, Tree bootFiles, Content initProgram, string workFolder, int jobs, BlockStore? blocks, IBuildReporter reporter, CancellationToken cancel)
    {
        var kernel = KernelFinder.Find(root);
        var initramfs = MakeInitramfs(plan, epoch, root, kernel, initProgram, blocks, reporter, cancel);
        var below = lower?.Shown ?? new Tree();
        if (!plan.Keep.Kernel)
        {
            LayerWriter.RemoveKernel(root, kernel);
            LayerWriter.RemoveKernel(below, kernel); // a layer that has it keeps it; the one above has nothing to say about it
        }
        var parts = new ImageParts(plan, epoch, kernel, initramfs, new GrubFiles(bootFiles));
        try
        {
            if (plan.KeepsData)
                root.Put(DevicePaths.FileSystemCheck, FileSystemCheck(bootFiles, epoch));
            if (DataTemplate.IsNeeded(plan))
                parts.files.Add(DataTemplate.AddTo(root, workFolder, epoch, cancel));
            var layer = Path.Combine(workFolder, "root.squashfs");
            var digest = LayerWriter.Write(plan, epoch, TreeDifference.Of(below, root, cancel), layer, jobs, blocks, reporter, cancel);
            var file = File.OpenHandle(layer);
            parts.files.Add(file);
            parts.layers.Add(LayerImage.Of(file, layer, digest));
            parts.layers.AddRange(lower?.Images.Reverse() ?? []);
            return parts;
        }
        catch
        {
            parts.Dispose();
            throw;
        }
    }

    private static Node FileSystemCheck(Tree bootFiles, DateTimeOffset epoch) =>
        new(NodeKind.File) { Mode = UnixMode.Octal0755, ModifiedTime = epoch.ToUnixTimeSeconds(), Content = BootLoaderFiles.FileSystemCheckIn(bootFiles) };

    public void Dispose() => files.ForEach(file => file.Dispose());

    private static byte[] MakeInitramfs(BuildPlan plan, DateTimeOffset epoch, Tree root, KernelImage kernel, Content initProgram, BlockStore? blocks, IBuildReporter reporter, CancellationToken cancel)
    {
        using var step = reporter.Begin("initramfs");
        var drivers = plan.Drivers.Profile switch
        {
            "generic" => DriverSelection.Generic,
            "virtio" => DriverSelection.Virtio,
            _ => DriverSelection.List(plan.Drivers.Modules),
        };
        if (!plan.Outputs.Contains(OutputKind.Iso))
            drivers = drivers.WithoutMedia();
        if (plan.HasDisk || plan.KeepsData)
            drivers = drivers.WithData();
        var result = InitramfsBuilder.Build(root, kernel.Version, drivers, initProgram, new InitramfsOptions(epoch.ToUnixTimeSeconds(), Shell: plan.Shell), blocks, cancel);
        SizeLimit.Check("initramfs", plan.Limits.Initramfs, result.Image.Length);
        step.Complete($"{ByteSize.Short(result.Image.Length)}, {result.Modules.Count} modules for kernel {kernel.Version}{(result.FromCache ? ", from the cache" : "")}");
        return result.Image;
    }
}
