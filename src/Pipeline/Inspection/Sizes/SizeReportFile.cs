using ImageBuilder.Formats;

namespace ImageBuilder.Pipeline.Inspection.Sizes;

/// <summary>Writes the size report of an image to a file.</summary>
public static class SizeReportFile
{
    /// <summary>Writes it; the file appears whole or not at all.</summary>
    /// <param name="image">A live ISO, a SquashFS image, a tar archive or a folder.</param>
    /// <param name="target">The page's file.</param>
    /// <param name="force">Replace it when it exists.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="ImageException">IB5003: the target exists. IB5340: it cannot be written. Errors of the readers.</exception>
    public static void Write(string image, string target, bool force, CancellationToken cancel)
    {
        target = Path.GetFullPath(target);
        if (!force && File.Exists(target))
            throw new ImageException(ImageErrorKind.Io, "IB5003", $"{target} exists already; --force replaces it");
        using var opened = OpenedImage.Open(image, cancel);
        var page = SizeReport.Write(opened.Tree, opened.Name, opened.Title, opened.PackedLength, cancel);
        var temporary = target + ".part";
        try
        {
            File.WriteAllText(temporary, page);
            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new ImageException(ImageErrorKind.Io, "IB5340", $"the size report cannot be written to {target}: {error.Message}", error);
        }
    }
}
