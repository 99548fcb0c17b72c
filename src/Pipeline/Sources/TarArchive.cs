using ImageBuilder.Formats;
using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>A tar file of the builder's machine, read as a tree whose contents stay in it: keep it open as long as they are used.</summary>
public sealed class TarArchive : IDisposable
{
    private readonly OpenFiles files = new();

    private TarArchive(string path, string? unpacked, CancellationToken cancel)
    {
        try
        {
            var content = files.Open(path);
            Length = content.Length;
            if (unpacked is not null && CompressedTar.FormatOf(content) != CompressionFormat.None)
            {
                CompressedTar.Unpack(new CompressedTar.Input(path, content), unpacked, null, cancel);
                content = files.Open(unpacked);
            }
            Tree = TarReader.Read(content);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>The tree.</summary>
    public Tree Tree { get; }

    /// <summary>The file's length in bytes.</summary>
    public long Length { get; }

    /// <summary>Opens a plain tar.</summary>
    /// <exception cref="ImageException">IB3042: it cannot be opened. Errors of <see cref="TarReader"/>, IB2305 when it is compressed.</exception>
    public static TarArchive Open(string path) => new(path, null, CancellationToken.None);

    /// <summary>Opens a tar that may be compressed by gzip, xz or zstd.</summary>
    /// <param name="path">The tar.</param>
    /// <param name="unpacked">Where to put it unpacked when it is compressed; the file is the caller's to delete.</param>
    /// <param name="cancel">Stops unpacking.</param>
    /// <exception cref="ImageException">As <see cref="Open(string)"/>; errors of <see cref="CompressedTar"/>.</exception>
    public static TarArchive Open(string path, string unpacked, CancellationToken cancel) => new(path, unpacked, cancel);

    public void Dispose() => files.Dispose();
}
