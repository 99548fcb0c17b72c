using ImageBuilder.Formats;
using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Trees;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Inspection.Reports;

/// <summary>Compressed images decompressed to files without a name, which are gone with this object.</summary>
internal sealed class Spool : IDisposable
{
    /// <summary>The most that one file may become, in bytes.</summary>
    private const long MaxLength = 16L << 30;

    private readonly List<SafeFileHandle> files = [];

    /// <exception cref="ImageException">IB2103, IB2104: damaged, or needs too much memory; IB5224: becomes too long.</exception>
    public Content Decompress(CompressionFormat format, Content content, string name)
    {
        var file = File.OpenHandle(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, FileOptions.DeleteOnClose);
        files.Add(file);
        using var input = content.OpenRead();
        using var stream = Decompressor.Open(format, input);
        var buffer = new byte[1 << 20];
        long length = 0;
        for (int read; (read = stream.Read(buffer)) > 0; length += read)
        {
            if (length + read > MaxLength)
                throw new ImageException(ImageErrorKind.LimitExceeded, "IB5224", $"{name} decompresses to more than {MaxLength} bytes");
            RandomAccess.Write(file, buffer.AsSpan(0, read), length);
        }
        return Content.From(file, 0, length, name);
    }

    public void Dispose() => files.ForEach(file => file.Dispose());
}
