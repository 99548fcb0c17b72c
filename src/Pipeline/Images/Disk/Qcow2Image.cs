using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Images.Disk;

/// <summary>A disk as a file that holds only what is written to it: qemu-img makes it from the raw one.</summary>
internal static class Qcow2Image
{
    /// <summary>Makes the file beside the raw disk.</summary>
    /// <exception cref="Formats.ImageException">IB3001: qemu-img is not installed. IB3002: it failed.</exception>
    public static MadeImage Make(MadeImage disk, IBuildReporter reporter, CancellationToken cancel)
    {
        using var step = reporter.Begin("qcow2");
        var path = Path.ChangeExtension(disk.Path, ".qcow2");
        // One request at a time: the order of its clusters is the order of the disk.
        new OutsideProgram("qemu-img", "qemu-utils").With("convert", "-f", "raw", "-O", "qcow2", "-m", "1", disk.Path, path).Run("qcow2", null, null, cancel);
        SparseFile.FlushToDisk(path);
        step.Complete(ByteSize.Short(new FileInfo(path).Length));
        return disk with { Kind = OutputKind.Qcow2, Path = path };
    }
}
