using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Interop;
using ImageBuilder.Pipeline.Running;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Inspection.Reports;

/// <summary>An image file opened to be explained or unpacked; open as long as this.</summary>
public sealed class ImageInspection : IDisposable
{
    private readonly SafeFileHandle file;
    private readonly Content content;
    private readonly string path;
    private readonly Spool spool = new();

    private ImageInspection(SafeFileHandle file, Content content, string path) => (this.file, this.content, this.path) = (file, content, path);

    /// <summary>Opens a file.</summary>
    /// <exception cref="ImageException">IB3032: nothing is there; IB5220: a folder or device; IB5221: it is empty.</exception>
    public static ImageInspection Open(string path)
    {
        if (Directory.Exists(path))
            throw new ImageException(ImageErrorKind.Unsupported, "IB5220", $"{path} is a folder; inspect explains image files. What takes the space in a folder is told by --html");
        // Asked before it is opened: a pipe would wait for somebody to write.
        if (LibC.statx(LibC.AT_FDCWD, path, 0, LibC.STATX_BASIC_STATS, out var stat) == 0 && UnixMode.KindOf(stat.stx_mode) is { } kind and not NodeKind.File)
            throw new ImageException(ImageErrorKind.Unsupported, "IB5220", $"{path} is a {FileTypes.Name(kind)}; copy what it holds to a file first: dd if={path} of=disk.img bs=4M");
        var (file, content) = ImageTree.OpenFile(path);
        if (content.Length > 0)
            return new ImageInspection(file, content, path);
        file.Dispose();
        throw new ImageException(ImageErrorKind.Corrupt, "IB5221", $"{path} is empty: it has 0 bytes, an image has more");
    }

    /// <summary>Explains the image. Damage is in the report.</summary>
    public ImageReport Explain() => new Inspector(spool).Inspect(content, Path.GetFileName(path));

    /// <summary>Unpacks the image's own files.</summary>
    /// <param name="folder">Where to; absent or empty, unless <paramref name="force"/> replaces it.</param>
    /// <param name="force">Replace the folder.</param>
    /// <param name="reporter">Hears the progress, and what could not be restored.</param>
    /// <param name="cancel">Stops; nothing is left.</param>
    /// <exception cref="ImageException">IB5223: an image without files; errors of the readers and of <see cref="TreeUnpacker"/>.</exception>
    public void Unpack(string folder, bool force, IBuildReporter reporter, CancellationToken cancel) =>
        TreeUnpacker.Unpack(new Inspector(spool).Files(content, path), folder, force, reporter, cancel);

    public void Dispose()
    {
        spool.Dispose();
        file.Dispose();
    }
}
