using ImageBuilder.Pipeline.Images.Disk;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Images;

/// <summary>The images of a build, each from the same parts.</summary>
internal static class ImageRun
{
    /// <summary>The programs that the plan's images need, each with its Debian package.</summary>
    public static IEnumerable<(string Program, string Package)> Programs(BuildPlan plan)
    {
        if (plan.Outputs.Contains(OutputKind.Iso) || plan.Disk.SectorSize == 512)
            yield return ("grub-mkimage", "grub-common");
        if (plan.HasDisk || DataTemplate.IsNeeded(plan))
            yield return ("mke2fs", "e2fsprogs");
        if (plan.Outputs.Contains(OutputKind.Qcow2))
            yield return ("qemu-img", "qemu-utils");
    }

    /// <summary>Makes the plan's images in the work folder, in the order of its outputs.</summary>
    /// <param name="parts">What they hold.</param>
    /// <param name="workFolder">Where they are made.</param>
    /// <param name="reporter">Hears the steps.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="Formats.ImageException">A part is missing, or a limit or size of the spec was passed.</exception>
    public static IReadOnlyList<MadeImage> Make(ImageParts parts, string workFolder, IBuildReporter reporter, CancellationToken cancel)
    {
        var disk = new Lazy<MadeImage>(() => new DiskImage(parts, workFolder, reporter).Make(cancel));
        return [.. parts.Plan.Outputs.Select(kind => kind switch
        {
            OutputKind.Iso => new LiveIso(parts, workFolder, reporter).Make(cancel),
            OutputKind.Disk => disk.Value,
            OutputKind.Qcow2 => Qcow2Image.Make(disk.Value, reporter, cancel),
            _ => throw new ArgumentOutOfRangeException(nameof(parts)),
        })];
    }
}
