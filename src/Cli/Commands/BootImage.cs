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
    /// <param name="outputFolder">Where a spec's image goes.</param>
    /// <param name="cancel">Stops the build.</param>
    /// <returns>The image's path, and the spec's limit for the boot.</returns>
    public static (string Path, TimeSpan? Limit) Resolve(string path, string[] set, string outputFolder, CancellationToken cancel)
    {
        if (Path.GetExtension(path) is not (".yaml" or ".yml"))
        {
            if (!File.Exists(path))
                throw new ImageException(ImageErrorKind.Io, "IB1904", $"{path}: no such image");
            using var file = File.OpenHandle(path);
            MediumImage.Identify(Content.From(file, 0, RandomAccess.GetLength(file), path), path);
            return (path, null);
        }
        var plan = SpecFile.Require(path, set);
        var image = Path.Combine(Path.GetFullPath(outputFolder), plan.ArtefactName + ".iso");
        if (!IsCurrent(image, path, plan))
            image = Reporters.Run(ProgressMode.Auto, reporter => new BuildRun(plan, BuildCommand.Options(outputFolder) with { Force = true }, reporter).Run(cancel), cancel).Image;
        return (image, plan.Limits.Boot);
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
        return sources.Concat(plan.LocalPackages).Concat(beside).Append(spec).Append(typeof(BootImage).Assembly.Location).Append(Path.Combine(AppContext.BaseDirectory, "device", "init"))
            .All(source => File.GetLastWriteTimeUtc(source) < made);
    }
}
