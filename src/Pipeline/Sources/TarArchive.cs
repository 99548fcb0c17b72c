using ImageBuilder.Formats;
using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>A tar file of the builder's machine, read as a tree whose contents stay in it: keep it open as long as they are used.</summary>
public sealed class TarArchive : IDisposable
{
    private readonly OpenFiles files = new();

    private TarArchive(string path, Func<Content, OpenFiles, Tree> read)
    {
        try
        {
            var content = files.Open(path);
            Length = content.Length;
            Tree = read(content, files);
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
    public static TarArchive Open(string path) => new(path, (content, _) => TarReader.Read(content));

    /// <summary>Opens a tar that may be compressed by gzip, xz or zstd.</summary>
    /// <param name="path">The tar.</param>
    /// <param name="unpackIn">The folder in which a compressed one is unpacked, to a file that loses its name at once.</param>
    /// <param name="cancel">Stops unpacking.</param>
    /// <exception cref="ImageException">As <see cref="Open(string)"/>; errors of <see cref="CompressedTar"/>.</exception>
    public static TarArchive Open(string path, string unpackIn, CancellationToken cancel) =>
        new(path, (content, files) => Read(path, content, unpackIn, files, cancel));

    /// <summary>Reads a tar that is open already and may be compressed, as <see cref="Open(string, string, CancellationToken)"/> does.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="content">The tar.</param>
    /// <param name="unpackIn">Where a compressed one is unpacked.</param>
    /// <param name="files">Keeps open what the tree's contents lie in.</param>
    /// <param name="cancel">Stops unpacking.</param>
    internal static Tree Read(string name, Content content, string unpackIn, OpenFiles files, CancellationToken cancel)
    {
        if (CompressedTar.FormatOf(content) == CompressionFormat.None)
            return TarReader.Read(content);
        var unpacked = Path.Combine(unpackIn, Path.GetRandomFileName());
        try
        {
            CompressedTar.Unpack(new CompressedTar.Input(name, content), unpacked, null, cancel);
            return TarReader.Read(files.Open(unpacked));
        }
        finally
        {
            File.Delete(unpacked);
        }
    }

    public void Dispose() => files.Dispose();
}
