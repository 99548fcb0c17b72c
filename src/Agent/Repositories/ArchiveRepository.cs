using ImageBuilder.Formats;
using ImageBuilder.Formats.Tar;
using ImageBuilder.Formats.Trees;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Agent.Repositories;

/// <summary>A layout in a tar archive. Its headers are read once; blobs are read where they lie.</summary>
internal sealed class ArchiveRepository : LayoutRepository
{
    private readonly SafeFileHandle file;
    private readonly Tree tree;

    private ArchiveRepository(string name, SafeFileHandle file, Tree tree) => (Name, this.file, this.tree) = (name, file, tree);

    public override string Name { get; }

    /// <summary>Reads the headers.</summary>
    /// <exception cref="ImageException">IB6121: it is no tar. IB2301 to IB2305: it is a damaged or compressed one.</exception>
    public static ArchiveRepository Open(string path)
    {
        var name = Path.GetFullPath(path);
        try
        {
            var file = File.OpenHandle(name);
            try
            {
                var content = Content.From(file, 0, RandomAccess.GetLength(file), name);
                return new ArchiveRepository(name, file, TarReader.Read(content));
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageErrorKind.Io, "IB6121", $"{name} cannot be read: {error.Message}", error);
        }
    }

    public override void Dispose() => file.Dispose();

    protected override Stream? OpenFile(string path, long offset, CancellationToken cancel)
    {
        if (tree.Find(path) is not { Kind: NodeKind.File, Content: var content })
            return null;
        offset = Math.Min(offset, content.Length);
        return new LocalStream(content.Slice(offset, content.Length - offset).OpenRead(), $"{path} in {Name}");
    }
}
