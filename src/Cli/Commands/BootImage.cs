using ImageBuilder.Cli.Rendering;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Writing;
using ImageBuilder.Qemu.Machines;

namespace ImageBuilder.Cli.Commands;

/// <summary>What `vm` and `test` boot: an image, or a spec that is built first unless its image is newer.</summary>
internal static class BootImage
{
    /// <summary>The image behind a path.</summary>
    /// <param name="path">An image, or a spec (.yaml, .yml).</param>
    /// <param name="set">The spec's variables.</param>
    /// <param name="outputFolder">Where a spec's images go.</param>
    /// <param name="cancel">Stops the build.</param>
    /// <param name="wanted">What it is to be to the machine, which chooses among a spec's outputs; null for the first.</param>
    /// <returns>The image's path, what it is made to be to a machine, and the spec's limit for the boot.</returns>
    public static (string Path, Media Media, TimeSpan? Limit) Resolve(string path, string[] set, string outputFolder, CancellationToken cancel, Media? wanted = null)
    {
        if (Path.GetExtension(path) is not (".yaml" or ".yml"))
        {
            if (!File.Exists(path))
                throw new ImageException(ImageErrorKind.Io, "IB1904", $"{path}: no such image");
            using var file = File.OpenHandle(path);
            var kind = MediumImage.Identify(Content.From(file, 0, RandomAccess.GetLength(file), path), path);
            return (path, kind == MediumKind.Disk ? Media.Disk : Media.Cdrom, null);
        }
        var plan = SpecFile.Require(path, set);
        // Machines here start from raw disks: where a spec makes its disk for QEMU alone, the raw one comes to lie beside it.
        if (plan.Outputs.All(kind => kind == OutputKind.Qcow2))
            plan = plan with { Outputs = [.. plan.Outputs, OutputKind.Disk] };
        var output = OutputFor(plan, wanted);
        var image = Path.Combine(Path.GetFullPath(outputFolder), plan.FileName(output));
        if (!IsCurrent(image, path, plan))
            Reporters.Run(ProgressMode.Auto, reporter => new BuildRun(plan, BuildCommand.Options(outputFolder) with { Force = true }, reporter).Run(cancel), cancel);
        return (image, output == OutputKind.Disk ? Media.Disk : Media.Cdrom, plan.Limits.Boot);
    }

    /// <summary>
    /// The file that takes what a guest writes to a disk image that is published under a digest, so that the image stays what it is: beside it, and kept
    /// from one start to the next; null for other images. One of an older build of the image is put away.
    /// </summary>
    public static string? ChangesOf(string image)
    {
        if (ChecksumFile.Find(image) is null || Path.GetExtension(image) == ".iso")
            return null;
        var changes = Path.ChangeExtension(Path.GetFullPath(image), ".vm.qcow2");
        if (File.Exists(changes) && File.GetCreationTimeUtc(changes) < File.GetLastWriteTimeUtc(image))
        {
            Console.Error.WriteLine($"{changes} belonged to an older build of the image: it starts anew");
            File.Delete(changes);
        }
        else if (File.Exists(changes))
        {
            Console.Error.WriteLine($"with the changes of the last time in {changes}; without that file, or with --ephemeral, the disk is as built");
        }
        return changes;
    }

    private static OutputKind OutputFor(BuildPlan plan, Media? wanted)
    {
        var bootable = plan.Outputs.Where(output => output != OutputKind.Qcow2).ToArray();
        var fitting = wanted switch
        {
            Media.Disk => bootable.Where(output => output == OutputKind.Disk),
            Media.Cdrom => bootable.Where(output => output == OutputKind.Iso),
            _ => [],
        };
        return fitting.Concat(bootable).First();
    }

    /// <summary>Takes kernel and initramfs out of an image into a folder.</summary>
    public static DirectBoot Direct(string image, string folder)
    {
        using var file = File.OpenHandle(image);
        var set = LiveBootSet.Read(Content.From(file, 0, RandomAccess.GetLength(file), image));
        return new DirectBoot(Save(set.Kernel, "vmlinuz"), Save(set.Initramfs, "initramfs.img"), set.CommandLine);

        string Save(Content content, string name)
        {
            var path = Path.Combine(folder, name);
            using var output = File.Create(path);
            using var input = content.OpenRead();
            input.CopyTo(output);
            return path;
        }
    }

    /// <summary>Newer than the spec, every file it names, and this program.</summary>
    private static bool IsCurrent(string image, string spec, BuildPlan plan)
    {
        if (!File.Exists(image))
            return false;
        var made = File.GetLastWriteTimeUtc(image);
        var sources = plan.Files.Select(file => file.Source).OfType<string>()
            .SelectMany(source => Directory.Exists(source) ? Directory.EnumerateFileSystemEntries(source, "*", SearchOption.AllDirectories).Prepend(source) : [source]);
        // Templates are read into the plan already; anything beside the spec may be one.
        var beside = Directory.EnumerateFiles(plan.SpecFolder).Where(file => Path.GetExtension(file) is ".hbs" or ".tmpl");
        return sources.Concat(plan.LocalPackages).Concat(beside).Concat(plan.BootOrder is { } order ? [order] : []).Append(spec).Append(Environment.ProcessPath!).Append(Path.Combine(AppContext.BaseDirectory, "device", "init"))
            .All(source => File.GetLastWriteTimeUtc(source) < made);
    }
}
