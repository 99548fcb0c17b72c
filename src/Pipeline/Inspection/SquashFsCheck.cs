using ImageBuilder.Formats;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>Checks a SquashFS image, or the one inside a live ISO.</summary>
public static class SquashFsCheck
{
    /// <summary>Everything that is wrong with the image; empty when nothing is. Damage that makes reading on impossible is a finding too.</summary>
    /// <exception cref="ImageException">There is no such image, it is of an unsupported kind, or it cannot be read.</exception>
    public static IReadOnlyList<SquashFsFinding> Run(string path, IBuildReporter reporter, CancellationToken cancel)
    {
        using var step = reporter.Begin("checking");
        try
        {
            using var file = ImageTree.OpenSquashFs(path);
            var findings = file.Image.Check(step.Progress, cancel);
            step.Complete(findings.Count == 0 ? "nothing wrong" : $"{findings.Count} findings");
            return findings;
        }
        catch (ImageException error) when (error.Kind == ImageErrorKind.Corrupt)
        {
            step.Complete("not readable");
            return [new SquashFsFinding(error.Offset ?? 0, error.Message)];
        }
    }
}
